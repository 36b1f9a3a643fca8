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
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { Client, fetchExchange, subscriptionExchange } from '@urql/core';
import { parse, stripIgnoredCharacters } from 'graphql';
import compiler from 'relay-compiler';
import relay from 'relay-runtime';
import WebSocket from 'ws';
import { atEnd } from './support/ending.mjs';
import { unpack } from './support/pages.mjs';
import { changeSettings, startServer } from './support/server.mjs';

const SCHEMA = new URL('../../schema.graphql', import.meta.url);
const TEXT = 'query Name { environment { __typename id applicationName } }';

const load = (folder, name) => import(pathToFileURL(join(folder, name)));

/** A server that takes the documents of a manifest alone, set as the page says, and a fetch that keeps what was sent. */
async function prepare(t, makeManifest) {
  const server = await startServer(t);
  const folder = await unpack(t, ['subscriptions.md', 'native-clients.md', 'trusted-documents.md'], server);
  const manifest = await makeManifest(folder);
  const environment = { PATH: process.env.PATH, CLERK_SECRET_KEY: server.secretKey };
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
  const text = stripIgnoredCharacters(TEXT);
  const hash = `sha256:${createHash('sha256').update(text).digest('hex')}`;
  return { document: { ...parse(TEXT), __meta__: { hash } }, manifest: { [hash]: text }, hash };
}

const writing = (manifest) => async (folder) => {
  await mkdir(join(folder, 'generated'));
  await writeFile(join(folder, 'generated/persisted-documents.json'), JSON.stringify(manifest));
  return 'generated/persisted-documents.json';
};

/** A socket as a page has it, which sends identifiers; it closes when the test `t` ends. */
async function identifiedSockets(t, folder) {
  const own = globalThis.WebSocket;
  atEnd(t, () => (globalThis.WebSocket = own));
  globalThis.WebSocket = WebSocket;
  const { sockets } = await load(folder, 'socket.mjs');
  atEnd(t, () => sockets.dispose());
  return (await load(folder, 'socket-by-identifier.mjs')).identified;
}

test('Apollo Client sends the hash of a trusted document, and no text', async (t) => {
  const { document, manifest, hash } = generated();
  const { server, folder, sent, fetch } = await prepare(t, writing(manifest));
  const { identifiers } = await load(folder, 'apollo-link.mjs');
  const link = ApolloLink.from([identifiers, new HttpLink({ uri: `${server.origin}/graphql`, fetch })]);
  const client = new ApolloClient({ link, cache: new InMemoryCache() });
  atEnd(t, () => client.stop());
  const { data } = await client.query({ query: document });
  assert.equal(data.environment.applicationName, 'My application');
  assert.equal(sent.length, 1);
  assert.equal(sent[0].query, undefined);
  assert.equal(`sha256:${sent[0].extensions.persistedQuery.sha256Hash}`, hash);
  assert.ok(client.cache.extract()[`Environment:${data.environment.id}`], 'the cache knows the object');
  await assert.rejects(client.query({ query: parse('{ id }') }), ({ errors }) => errors[0].extensions.code === 'DOCUMENT_NOT_TRUSTED');

  const followed = new ApolloClient({
    link: ApolloLink.from([identifiers, new GraphQLWsLink(await identifiedSockets(t, folder))]), cache: new InMemoryCache(),
  });
  atEnd(t, () => followed.stop());
  assert.deepEqual((await followed.query({ query: document })).data, data);
});

test('Apollo Client has no way back from an identifier that is not known', async (t) => {
  const { manifest } = generated();
  const { server, folder, sent, fetch } = await prepare(t, writing(manifest));
  await changeSettings(server, { graphql: { documentsOnly: false } });
  const { identifiers } = await load(folder, 'apollo-link.mjs');
  const link = ApolloLink.from([identifiers, new HttpLink({ uri: `${server.origin}/graphql`, fetch })]);
  const client = new ApolloClient({ link, cache: new InMemoryCache() });
  atEnd(t, () => client.stop());
  const hash = `sha256:${createHash('sha256').update('{environment{id}}').digest('hex')}`;
  const query = { ...parse('{ environment { id } }'), __meta__: { hash } };
  await assert.rejects(client.query({ query }), /do not belong together/);
  assert.deepEqual(sent.map(({ query: text }) => typeof text), ['undefined', 'string']);
});

test('Apollo Client sends texts where there is no manifest', async (t) => {
  const server = await startServer(t);
  const { identifiers } = await load(await unpack(t, ['trusted-documents.md'], server), 'apollo-link.mjs');
  const link = ApolloLink.from([identifiers, new HttpLink({ uri: `${server.origin}/graphql` })]);
  const client = new ApolloClient({ link, cache: new InMemoryCache() });
  atEnd(t, () => client.stop());
  const { data } = await client.query({ query: generated().document });
  assert.equal(data.environment.applicationName, 'My application');
});

test('the script says what is missing', async (t) => {
  const folder = await unpack(t, ['trusted-documents.md'], { origin: 'http://127.0.0.1:1' });
  const set = (environment) =>
    promisify(execFile)('bash', ['trust.sh'], { cwd: folder, env: { PATH: process.env.PATH, ...environment } });
  await assert.rejects(set({}), /CLERK_SECRET_KEY: put the secret key/);
  await assert.rejects(set({ CLERK_SECRET_KEY: 'sk_test_1' }), /There is no manifest generated\/persisted-documents\.json/);
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

  const socket = await identifiedSockets(t, folder);
  const forwardSubscription = (request) => ({ subscribe: (sink) => ({ unsubscribe: socket.subscribe(request, sink) }) });
  const exchanges = [identifiers, subscriptionExchange({ enableAllOperations: true, forwardSubscription })];
  const followed = await new Client({ url: server.origin, exchanges }).query(document, {}).toPromise();
  assert.deepEqual([followed.error, followed.data], [undefined, data]);
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
  await identifiedSockets(t, folder);
  const { network } = await load(folder, 'relay-network.mjs');
  const environment = new relay.Environment({ network, store: new relay.Store(new relay.RecordSource()) });
  const data = await relay.fetchQuery(environment, artifact, {}).toPromise();
  assert.equal(data.environment.applicationName, 'My application');
  // A query goes over a socket as a subscription does.
  const overSocket = { ...artifact.params, operationKind: 'subscription' };
  const followed = await network.execute(overSocket, {}, {}).toPromise();
  assert.deepEqual(followed.data.environment, data.environment);

  // The environments of other pages send an identifier where there is one.
  const { vestibule } = await load(folder, 'vestibule.relay.js');
  assert.equal((await relay.fetchQuery(vestibule, artifact, {}).toPromise()).environment.applicationName, 'My application');
  const native = await vestibule.getNetwork().execute(overSocket, {}, {}).toPromise();
  assert.deepEqual(native.data.environment, data.environment);
});
