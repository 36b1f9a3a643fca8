// genql: a client whose operations are written as objects.

import assert from 'node:assert/strict';
import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { test } from 'node:test';
import { buildSchema, getOperationAST, parse, validate } from 'graphql';
import { getVariableValues } from 'graphql/execution/values.js';
import { SAMPLES, SCHEMA, compile, runPackage, workspace } from './workspace.mjs';

test('genql makes a client whose operations the schema takes', async (t) => {
  const folder = await workspace(t);
  // What it makes imports its own files without their endings, as CommonJS allows.
  await writeFile(join(folder, 'package.json'), JSON.stringify({ type: 'commonjs' }));
  const scalars = ['--scalar', 'DateTime:string', '--scalar', 'JSON:unknown'];
  await runPackage('genql', ['--schema', SCHEMA, '--output', 'generated', ...scalars], { cwd: folder });
  await copyFile(join(SAMPLES, 'genql.ts'), join(folder, 'sample.ts'));
  await copyFile(join(SAMPLES, 'same.ts'), join(folder, 'same.ts'));
  await compile(folder, { module: 'nodenext', moduleResolution: 'nodenext' });

  const { operations } = createRequire(join(folder, 'package.json'))('./built/sample.js');
  const sent = await operations();
  assert.equal(sent.length, 8);
  const schema = buildSchema(await readFile(SCHEMA, 'utf8'));
  for (const { query, variables = {} } of sent) {
    const document = parse(query);
    assert.deepEqual(validate(schema, document), [], query);
    const { errors } = getVariableValues(schema, getOperationAST(document).variableDefinitions ?? [], variables);
    assert.equal(errors, undefined, query);
  }
});
