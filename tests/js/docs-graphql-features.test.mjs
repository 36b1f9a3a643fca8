// The table of docs/graphql/client-features.md: what each feature of Apollo Client and urql does.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { ApolloClient, ApolloLink, HttpLink, InMemoryCache, gql } from '@apollo/client';
import { Defer20220824Handler } from '@apollo/client/incremental';
import { BatchHttpLink } from '@apollo/client/link/batch-http';
import { createPersistedQueryLink } from '@apollo/client/link/persisted-queries';
import { relayStylePagination } from '@apollo/client/utilities';
import { getIntrospectionQuery } from 'graphql';
import WebSocket from 'ws';
import { atEnd } from './support/ending.mjs';
import { read } from './support/pages.mjs';
import { startServer } from './support/server.mjs';
import { PATIENCE, within } from './support/wait.mjs';

const VIEWER = gql`query Viewer { viewer { id } }`;
const CLIENT = gql`query Client { client { id } }`;

/** A server, and a fetch that remembers the methods and statuses of what it has sent. */
async function prepare(t) {
  const { origin, secretKey } = await startServer(t);
  const seen = [];
  const remembering = async (address, options) => {
    const response = await fetch(address, options);
    seen.push(`${options.method} ${response.status}`);
    return response;
  };
  const clientOf = (link, options) => {
    const client = new ApolloClient({ link, cache: new InMemoryCache(), ...options });
    atEnd(t, () => client.stop());
    return client;
  };
  const uri = `${origin}/graphql`;
  return { uri, secretKey, seen, clientOf, http: (options) => new HttpLink({ uri, fetch: remembering, ...options }), fetch: remembering };
}

test('queries may be asked for by GET, mutations may not', async (t) => {
  const { uri, seen, clientOf, http } = await prepare(t);
  assert.deepEqual((await clientOf(http({ useGETForQueries: true })).query({ query: VIEWER })).data, { viewer: null });
  assert.deepEqual(seen, ['GET 200']);
  const query = encodeURIComponent('mutation { clientReplace { client { id } } }');
  assert.equal((await fetch(`${uri}?query=${query}`, { headers: { accept: 'application/graphql-response+json' } })).status, 405);
});

test('automatic persisted queries cost one request and change nothing', async (t) => {
  const { seen, clientOf, http } = await prepare(t);
  const sha256 = (text) => createHash('sha256').update(text).digest('hex');
  const client = clientOf(ApolloLink.from([createPersistedQueryLink({ sha256 }), http()]));
  assert.deepEqual((await client.query({ query: VIEWER })).data, { viewer: null });
  assert.deepEqual((await client.query({ query: CLIENT })).data, { client: null });
  assert.deepEqual(seen, ['POST 400', 'POST 200', 'POST 200']);
});

test('batches fail with the words of the page', async (t) => {
  const { uri, clientOf } = await prepare(t);
  const client = clientOf(new BatchHttpLink({ uri }));
  const told = await Promise.allSettled([VIEWER, CLIENT].map((query) => client.query({ query })));
  const page = await read('client-features.md');
  for (const { reason } of told) assert.ok(page.includes(`"${reason.message}"`), reason.message);
});

test('@defer is refused, and so are files and the older protocol of sockets', async (t) => {
  const { uri, clientOf, http } = await prepare(t);
  const client = clientOf(http(), { incrementalHandler: new Defer20220824Handler() });
  const query = gql`query Deferred { environment { id ... @defer { applicationName } } }`;
  await assert.rejects(client.query({ query }), ({ errors }) => errors[0].extensions.code === 'GRAPHQL_VALIDATION_FAILED');
  const body = new FormData();
  body.append('operations', '{}');
  assert.equal((await fetch(uri, { method: 'POST', body })).status, 415);
  const socket = new WebSocket(uri.replace(/^http/, 'ws'), 'graphql-ws');
  const closed = new Promise((resolve) => {
    socket.on('error', () => {});
    socket.on('close', resolve);
  });
  assert.notEqual(await within(PATIENCE, 'the end of a socket', closed), 1000);
});

test('pages of a connection are put together by the cache', async (t) => {
  const { uri, secretKey, clientOf, http } = await prepare(t);
  const begin = gql`mutation Begin($to: String!) { signUpCreate(input: { emailAddress: $to, strategy: EMAIL_CODE }) { signUp { id } } }`;
  const addresses = ['ada@example.com', 'bob@example.com'];
  for (const to of addresses) await clientOf(http()).mutate({ mutation: begin, variables: { to } });
  const cache = new InMemoryCache({ typePolicies: { Query: { fields: { devInbox: relayStylePagination(['filter']) } } } });
  const client = clientOf(new HttpLink({ uri, headers: { authorization: `Bearer ${secretKey}` } }), { cache });
  const query = gql`query Inbox($after: String) {
    devInbox(first: 1, after: $after) { totalCount edges { cursor node { id to } } pageInfo { hasNextPage endCursor } }
  }`;
  // Mail is delivered beside the answer.
  await within(PATIENCE, 'both messages', (async () => {
    while ((await client.query({ query, fetchPolicy: 'network-only' })).data.devInbox.totalCount < 2);
  })());
  const inbox = client.watchQuery({ query });
  const seen = inbox.subscribe({});
  atEnd(t, () => seen.unsubscribe());
  await inbox.fetchMore({ variables: { after: (await client.query({ query })).data.devInbox.pageInfo.endCursor } });
  assert.deepEqual(client.readQuery({ query }).devInbox.edges.map(({ node }) => node.to).sort(), addresses);
});

test('introspection is open in development, without what is for a secret key', async (t) => {
  const { uri, secretKey } = await prepare(t);
  const typesFor = async (headers) => {
    const options = { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify({ query: getIntrospectionQuery() }) };
    return (await (await fetch(uri, options)).json()).data.__schema.types.map(({ name }) => name);
  };
  assert.ok(!(await typesFor({})).includes('Instance'));
  assert.ok((await typesFor({ authorization: `Bearer ${secretKey}` })).includes('Instance'));
});
