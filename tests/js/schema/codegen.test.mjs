// graphql-codegen's client preset, with masked fragments and ids of persisted documents.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { buildSchema, introspectionFromSchema, parse, validate, visit } from 'graphql';
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
          scalars: { DateTime: 'string', ID: 'string', JSON: 'unknown', _Any: 'unknown' },
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

// The types of codegen's own configuration are of the newest language.
const LATEST = { lib: ['esnext', 'dom'] };

/** A folder with the files of docs/graphql/codegen.md, and the schema under the name that the page gives it. */
async function application(t, schema) {
  const folder = await workspace(t);
  await mkdir(join(folder, 'src'));
  for (const { name, text } of await blocksOf('codegen.md')) await writeFile(join(folder, name), text);
  await writeFile(join(folder, 'vestibule.graphql'), schema);
  return folder;
}

test('the page about codegen keeps what it promises', async (t) => {
  const folder = await application(t, await readFile(SCHEMA, 'utf8'));
  await runPackage('graphql-codegen', ['--config', 'codegen.ts'], { cwd: folder });
  await compile(folder, LATEST);
});

test('what a tool asks a server for by itself makes proofs of which every member may be left out', async (t) => {
  const folder = await application(t, '');
  const asked = introspectionFromSchema(buildSchema(await readFile(SCHEMA, 'utf8')), { oneOf: false });
  await writeFile(join(folder, 'asked.json'), JSON.stringify(asked));
  const text = await readFile(join(folder, 'codegen.ts'), 'utf8');
  await writeFile(join(folder, 'codegen.ts'), text.replace('vestibule.graphql', 'asked.json'));
  await runPackage('graphql-codegen', ['--config', 'codegen.ts'], { cwd: folder });
  await assert.rejects(compile(folder, LATEST), /Unused '@ts-expect-error' directive/);
});

test('the configuration on the page about trusted documents emits a manifest that a server takes', async (t) => {
  const folder = await workspace(t);
  const { text } = (await blocksOf('trusted-documents.md')).find(({ name }) => name === 'codegen.ts');
  await writeFile(join(folder, 'codegen.ts'), text);
  await copyFile(SCHEMA, join(folder, 'schema.graphql'));
  await mkdir(join(folder, 'src'));
  await copyFile(join(DOCUMENTS, 'Viewer.graphql'), join(folder, 'src/Viewer.graphql'));
  await writeFile(join(folder, 'src/Updated.graphql'), 'subscription Updated { clientUpdated { client { id } } }');
  await runPackage('graphql-codegen', ['--config', 'codegen.ts'], { cwd: folder });
  // The declarations of the preset want those of Babel, which it does not bring along.
  await compile(folder, { ...LATEST, skipLibCheck: true });
  const manifest = JSON.parse(await readFile(join(folder, 'generated/persisted-documents.json'), 'utf8'));
  for (const text of Object.values(manifest)) {
    visit(parse(text), {
      SelectionSet({ selections }, key, { kind }) {
        // The root of a subscription has one field.
        const named = selections.some(({ name }) => name?.value === '__typename');
        assert.ok(named || kind === 'OperationDefinition', `what a cache tells objects apart by is in ${text}`);
      },
    });
  }
  await trust(t, manifest);
});
