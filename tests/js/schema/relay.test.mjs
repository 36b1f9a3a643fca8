// Relay's compiler: connections, fragments that are read again, caught errors, and ids of persisted documents.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { buildSchema, parse, print, validate } from 'graphql';
import { trust } from './trusted.mjs';
import { RELAY_DOCUMENTS, SAMPLES, SCHEMA, compile, documents, runPackage, workspace } from './workspace.mjs';

/** Relay takes documents out of modules, and wants each definition in a tag of its own. */
function asModule(text) {
  const tags = parse(text).definitions.map((definition) => `graphql\`\n${print(definition)}\n\`;\n`);
  return `import { graphql } from 'relay-runtime';\n\n${tags.join('\n')}`;
}

test('Relay compiles connections, refetchable fragments, caught errors and what mutations delete', async (t) => {
  const folder = await workspace(t);
  const artifacts = join(folder, 'source/__generated__');
  await mkdir(artifacts, { recursive: true });
  for (const [name, text] of [...await documents(), ...await documents(RELAY_DOCUMENTS)]) {
    await writeFile(join(folder, 'source', `${name}.ts`), asModule(text));
  }
  await copyFile(SCHEMA, join(folder, 'schema.graphql'));
  await writeFile(join(folder, 'persisted.json'), '{}');
  await writeFile(join(folder, 'relay.config.json'), JSON.stringify({
    src: './source',
    schema: './schema.graphql',
    language: 'typescript',
    artifactDirectory: './source/__generated__',
    eagerEsModules: true,
    customScalarTypes: { DateTime: 'string', JSON: 'unknown' },
    persistConfig: { file: './persisted.json', algorithm: 'SHA256' },
  }));
  await runPackage('relay-compiler', ['relay.config.json'], { cwd: folder });

  await t.test('its types are those that an application expects', async () => {
    await copyFile(join(SAMPLES, 'relay.ts'), join(folder, 'source/sample.ts'));
    await copyFile(join(SAMPLES, 'same.ts'), join(folder, 'source/same.ts'));
    await compile(folder, { skipLibCheck: true });
  });

  await t.test('pages are fetched by a query that Relay made', async () => {
    const query = await readFile(join(artifacts, 'InboxMessagesQuery.graphql.ts'), 'utf8');
    assert.match(query, /"handle": "connection"/);
    const fragment = await readFile(join(artifacts, 'Inbox_messages.graphql.ts'), 'utf8');
    assert.match(fragment, /"forward": \{[^}]*"count": "first",[^}]*"cursor": "after"/);
    const older = await readFile(join(artifacts, 'Inbox_older.graphql.ts'), 'utf8');
    assert.match(older, /"backward": \{[^}]*"count": "last",[^}]*"cursor": "before"/);
  });

  await t.test('an object of any type that has an identifier is read again by `node`', async () => {
    for (const name of ['InboxUserQuery', 'InboxIdentificationQuery', 'InboxEnvironmentQuery']) {
      assert.match(await readFile(join(artifacts, `${name}.graphql.ts`), 'utf8'), /"name": "node"/, name);
    }
  });

  await t.test('a server takes its manifest as it is', async (t) => {
    await trust(t, JSON.parse(await readFile(join(folder, 'persisted.json'), 'utf8')));
  });

  await t.test('the ids of persisted documents are digests of documents that the schema takes', async () => {
    const persisted = Object.entries(JSON.parse(await readFile(join(folder, 'persisted.json'), 'utf8')));
    assert.ok(persisted.length >= 15, `only ${persisted.length} documents`);
    const schema = buildSchema(await readFile(SCHEMA, 'utf8'));
    for (const [id, text] of persisted) {
      assert.equal(id, createHash('sha256').update(text).digest('hex'));
      assert.deepEqual(validate(schema, parse(text)), []);
    }
  });
});
