// The page of docs/graphql about trusted documents: what it has pages send, by unmodified Apollo Client, urql and Relay.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { ApolloClient, ApolloLink, HttpLink, InMemoryCache } from '@apollo/client/core';
import { Client, fetchExchange } from '@urql/core';
import { parse, print } from 'graphql';
import compiler from 'relay-compiler';
import relay from 'relay-runtime';
import { unpack } from './support/pages.mjs';
import { changeSettings, startServer } from './support/server.mjs';

const SCHEMA = new URL('../../schema.graphql', import.meta.url);
const TEXT = 'query Name { environment { id applicationName } }';

const load = (folder, name) => import(pathToFileURL(join(folder, name)));

/** A server that takes the documents of a manifest alone, set as the page says, and a fetch that keeps what was sent. */
async function prepare(t, makeManifest) {
  const server = await startServer(t);
  const folder = await unpack(t, ['trusted-documents.md'], server);
  const manifest = await makeManifest(folder);
  const environment = { PATH: process.env.PATH, VESTIBULE_SECRET_KEY: server.secretKey };
  const set = async (...args) => {
    const { stdout } = await promisify(execFile)('bash', ['-euo', 'pipefail', 'trust.sh', ...args], { cwd: folder, env: environment });
    const { data, errors } = JSON.parse(stdout);
    assert.equal(errors, undefined, stdout);
    assert.deepEqual(data.documentManifestSet.userErrors, [], stdout);
    return data.documentManifestSet.instance.documentManifest.documentCount;
  };
  assert.equal(await set(manifest), 1);
  assert.equal(await set(manifest, ',"replaces":false'), 1);
  await changeSettings(server, { graphql: { documentsOnly: true } });
  const sent = [];
  const fetchNoting = (url, options) => {
    sent.push(JSON.parse(options.body));
    return fetch(url, options);
  };
  return { server, folder, sent, fetch: fetchNoting };
}

/** A document as graphql-codegen makes it, and the manifest that goes with it. */
function generated() {
  const document = parse(TEXT);
  const hash = `sha256:${createHash('sha256').update(print(document)).digest('hex')}`;
  return { document: { ...document, __meta__: { hash } }, manifest: { [hash]: print(document) }, hash };
}

const writing = (manifest) => async (folder) => {
  await writeFile(join(folder, 'persisted-documents.json'), JSON.stringify(manifest));
  return 'persisted-documents.json';
};

test('Apollo Client sends the hash of a trusted document, and no text', async (t) => {
  const { document, manifest, hash } = generated();
  const { server, folder, sent, fetch } = await prepare(t, writing(manifest));
  const { identifiers } = await load(folder, 'apollo-link.mjs');
  const link = ApolloLink.from([identifiers, new HttpLink({ uri: `${server.origin}/graphql`, fetch })]);
  const client = new ApolloClient({ link, cache: new InMemoryCache() });
  t.after(() => client.stop());
  const { data } = await client.query({ query: document });
  assert.equal(data.environment.applicationName, 'My application');
  assert.equal(sent.length, 1);
  assert.equal(sent[0].query, undefined);
  assert.equal(`sha256:${sent[0].extensions.persistedQuery.sha256Hash}`, hash);
});

test('urql sends the identifier of a trusted document, and no text', async (t) => {
  const { document, manifest, hash } = generated();
  const { server, folder, sent, fetch } = await prepare(t, writing(manifest));
  const { identifiers } = await load(folder, 'urql-exchange.mjs');
  const client = new Client({ url: `${server.origin}/graphql`, fetch, preferGetMethod: false, exchanges: [identifiers, fetchExchange] });
  const { data, error } = await client.query(document, {}).toPromise();
  assert.equal(error, undefined);
  assert.equal(data.environment.applicationName, 'My application');
  assert.deepEqual(sent.map(({ extensions, query }) => [`sha256:${extensions.persistedQuery.sha256Hash}`, query]), [[hash, undefined]]);
  const refused = await client.query(TEXT, {}).toPromise();
  assert.equal(refused.error.graphQLErrors[0].extensions.code, 'DOCUMENT_NOT_TRUSTED');
});

test('Relay sends the identifier that its compiler wrote into the manifest', async (t) => {
  let artifact;
  const { server, folder } = await prepare(t, async (folder) => {
    await copyFile(SCHEMA, join(folder, 'schema.graphql'));
    await mkdir(join(folder, 'src'));
    await writeFile(join(folder, 'persisted.json'), '{}');
    await writeFile(join(folder, 'src/Name.js'), `graphql\`${TEXT.replace('Name', 'NameQuery')}\`;\n`);
    await promisify(execFile)(compiler, ['relay.config.json'], { cwd: folder });
    artifact = (await load(folder, 'src/__generated__/NameQuery.graphql.js')).default;
    assert.ok(artifact.params.id in JSON.parse(await readFile(join(folder, 'persisted.json'), 'utf8')));
    assert.equal(artifact.params.text, null);
    return 'persisted.json';
  });
  assert.ok(server);
  const { network } = await load(folder, 'relay-network.mjs');
  const environment = new relay.Environment({ network, store: new relay.Store(new relay.RecordSource()) });
  const data = await relay.fetchQuery(environment, artifact, {}).toPromise();
  assert.equal(data.environment.applicationName, 'My application');
});
