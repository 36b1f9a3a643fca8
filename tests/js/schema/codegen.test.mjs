// graphql-codegen's client preset, with masked fragments and ids of persisted documents.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { buildSchema, parse, validate } from 'graphql';
import { blocksOf } from '../support/pages.mjs';
import { trust } from './trusted.mjs';
import { DOCUMENTS, SAMPLES, SCHEMA, compile, documents, runPackage, workspace } from './workspace.mjs';

test('graphql-codegen makes typed documents with masked fragments and an id for each', async (t) => {
  const folder = await workspace(t);
  await writeFile(join(folder, 'codegen.json'), JSON.stringify({
    schema: SCHEMA,
    documents: [`${DOCUMENTS}/*.graphql`],
    generates: {
      './generated/': {
        preset: 'client',
        presetConfig: {
          fragmentMasking: { unmaskFunctionName: 'getFragmentData' },
          persistedDocuments: { hashAlgorithm: 'sha256' },
        },
        config: {
          scalars: { DateTime: 'string', ID: 'string', JSON: 'unknown' },
          strictScalars: true,
          dedupeOperationSuffix: true,
          useTypeImports: true,
        },
      },
    },
  }));
  await runPackage('graphql-codegen', ['--config', 'codegen.json'], { cwd: folder });
  const generated = join(folder, 'generated');

  await t.test('its types are those that an application expects', async () => {
    await copyFile(join(SAMPLES, 'codegen.ts'), join(folder, 'sample.ts'));
    await copyFile(join(SAMPLES, 'same.ts'), join(folder, 'same.ts'));
    await compile(folder);
  });

  await t.test('a server takes its manifest as it is', async (t) => {
    await trust(t, JSON.parse(await readFile(join(generated, 'persisted-documents.json'), 'utf8')));
  });

  await t.test('each operation has an id, the digest of a document that the schema takes', async () => {
    const persisted = Object.entries(JSON.parse(await readFile(join(generated, 'persisted-documents.json'), 'utf8')));
    const operations = [...(await documents()).values()].flatMap((text) => parse(text).definitions)
      .filter((definition) => definition.kind === 'OperationDefinition');
    assert.equal(persisted.length, operations.length);
    const schema = buildSchema(await readFile(SCHEMA, 'utf8'));
    for (const [id, text] of persisted) {
      assert.equal(id, `sha256:${createHash('sha256').update(text).digest('hex')}`);
      assert.deepEqual(validate(schema, parse(text)), []);
    }
  });
});

test('the configuration on the page about trusted documents emits a manifest that a server takes', async (t) => {
  const folder = await workspace(t);
  const { text } = (await blocksOf('trusted-documents.md')).find(({ name }) => name === 'codegen.json');
  await writeFile(join(folder, 'codegen.json'), text);
  await copyFile(SCHEMA, join(folder, 'schema.graphql'));
  await mkdir(join(folder, 'src'));
  await copyFile(join(DOCUMENTS, 'Viewer.graphql'), join(folder, 'src/Viewer.graphql'));
  await runPackage('graphql-codegen', ['--config', 'codegen.json'], { cwd: folder });
  await trust(t, JSON.parse(await readFile(join(folder, 'generated/persisted-documents.json'), 'utf8')));
});
