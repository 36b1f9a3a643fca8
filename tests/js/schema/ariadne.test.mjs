// ariadne-codegen: a Python package with a method for each operation.

import assert from 'node:assert/strict';
import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { buildSchema, getOperationAST, parse, validate } from 'graphql';
import { getVariableValues } from 'graphql/execution/values.js';
import { DOCUMENTS, SAMPLES, SCHEMA, run, workspace } from './workspace.mjs';

test('ariadne-codegen makes a Python client that imports, sends what the schema takes and reads what it answers', async (t) => {
  const python = process.env.ARIADNE_PYTHON;
  if (!python) throw new Error('ARIADNE_PYTHON must name a Python that has ariadne-codegen; scripts/test makes one');
  const folder = await workspace(t);
  await writeFile(join(folder, 'pyproject.toml'), `
[tool.ariadne-codegen]
schema_path = ${JSON.stringify(SCHEMA)}
queries_path = ${JSON.stringify(DOCUMENTS)}
target_package_name = "vestibule_client"

[tool.ariadne-codegen.scalars.DateTime]
type = "datetime.datetime"

[tool.ariadne-codegen.scalars.JSON]
type = "typing.Any"
`);
  await run(join(dirname(python), 'ariadne-codegen'), [], { cwd: folder });
  await copyFile(join(SAMPLES, 'ariadne.py'), join(folder, 'sample.py'));
  const sent = JSON.parse(await run(python, ['-W', 'error', 'sample.py'], { cwd: folder }));

  assert.equal(sent.length, 5);
  const schema = buildSchema(await readFile(SCHEMA, 'utf8'));
  for (const { query, variables, operationName } of sent) {
    const document = parse(query);
    assert.deepEqual(validate(schema, document), [], operationName);
    const { errors } = getVariableValues(schema, getOperationAST(document, operationName).variableDefinitions ?? [], variables);
    assert.equal(errors, undefined, operationName);
  }
});
