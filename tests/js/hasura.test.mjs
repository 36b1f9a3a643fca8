// What docs/graphql/hasura.md says, as far as it goes without Hasura: its settings against a real session token, the request that sends
// the metadata, and the server between, asked for what the roles see as Hasura would ask.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { buildClientSchema, buildSchema, getIntrospectionQuery, getNamedType, isInterfaceType, isLeafType, isUnionType, printSchema } from 'graphql';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { atEnd } from './support/ending.mjs';
import { PAGES, unpack } from './support/pages.mjs';
import { startServer } from './support/server.mjs';
import { ask, signUp } from './support/sign-up.mjs';

const SCHEMA = new URL('../../schema.graphql', import.meta.url);
const METADATA = join(PAGES, 'hasura/metadata.json');

/** Listens at a free port until the test ends; the address. */
async function listen(t, server) {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  atEnd(t, () => new Promise((resolve) => server.close(resolve).closeAllConnections()));
  return `http://127.0.0.1:${server.address().port}`;
}

/** A selection of all that a type has, each object once on its way down. */
function selection(schema, type, above = []) {
  if (isLeafType(type)) return '';
  if (isInterfaceType(type) || isUnionType(type)) {
    const each = schema.getPossibleTypes(type).map((one) => `... on ${one.name} ${selection(schema, one, above)}`);
    return `{ __typename ${each.join(' ')} }`;
  }
  const fields = Object.values(type.getFields()).filter((field) => !above.includes(getNamedType(field.type)));
  const within = [...above, type];
  return `{ ${fields.map((field) => `${field.name} ${selection(schema, getNamedType(field.type), within)}`).join(' ')} }`;
}

/** The settings of the page, as a shell reads them. */
async function settingsOf(folder) {
  const names = ['HASURA_GRAPHQL_JWT_SECRET', 'HASURA_GRAPHQL_UNAUTHORIZED_ROLE', 'VESTIBULE_GRAPHQL_URL'];
  const script = `set -euo pipefail; . ./hasura.env; ${names.map((name) => `printf '%s\\0' "$${name}"`).join('; ')}`;
  const { stdout } = await promisify(execFile)('bash', ['-c', script], { cwd: folder });
  const [secret, role, url] = stdout.split('\0');
  return { ...JSON.parse(secret), role, url };
}

test('the settings of Hasura believe a session token and take the roles of the metadata from it', async (t) => {
  const server = await startServer(t);
  const ada = await signUp(server, 'ada');
  const settings = await settingsOf(await unpack(t, ['hasura.md'], server));
  const { payload } = await jwtVerify(ada.jwt, createRemoteJWKSet(new URL(settings.jwk_url)), { issuer: settings.issuer });
  const claims = Object.fromEntries(Object.entries(settings.claims_map).map(([name, claim]) => [
    name, claim.path ? payload[claim.path.replace('$.', '')] : claim,
  ]));
  assert.deepEqual(claims, {
    'x-hasura-allowed-roles': ['user'], 'x-hasura-default-role': 'user', 'x-hasura-user-id': ada.id, 'x-hasura-session-id': ada.sessionId,
  });
  const roles = JSON.parse(await readFile(METADATA, 'utf8')).args.slice(1).map(({ args }) => args.role);
  assert.deepEqual(roles, [settings.role, claims['x-hasura-default-role']]);
  assert.equal(settings.url, `${server.origin}/graphql`);
});

test('the metadata is sent as it stands', async (t) => {
  const received = [];
  const hasura = await listen(t, createServer(async (request, response) => {
    let text = '';
    for await (const piece of request.setEncoding('utf8')) text += piece;
    received.push([request.method, request.url, request.headers['x-hasura-admin-secret'], JSON.parse(text)]);
    response.end('{}');
  }));
  const folder = await unpack(t, ['hasura.md'], { origin: hasura });
  await copyFile(METADATA, join(folder, 'metadata.json'));
  const env = { PATH: process.env.PATH, HASURA_URL: hasura, HASURA_GRAPHQL_ADMIN_SECRET: 'admin' };
  await promisify(execFile)('bash', ['-euo', 'pipefail', 'send.sh'], { cwd: folder, env });
  assert.deepEqual(received, [['POST', '/v1/metadata', 'admin', JSON.parse(await readFile(METADATA, 'utf8'))]]);
});

test('all that a role sees is answered to whom it is for, and the schema to Hasura without a key', async (t) => {
  const server = await startServer(t);
  const [ada, eve] = [await signUp(server, 'ada'), await signUp(server, 'eve')];
  const { newIntrospection } = await import(pathToFileURL(join(await unpack(t, ['hasura.md'], server), 'introspection.mjs')));
  const text = await readFile(SCHEMA, 'utf8');
  const url = await listen(t, newIntrospection(text, `${server.origin}/graphql`));

  const { data } = await ask(url, getIntrospectionQuery({ specifiedByUrl: true, oneOf: true, schemaDescription: true }));
  assert.equal(printSchema(buildClientSchema(data)), printSchema(buildSchema(text)));

  const headers = { authorization: `Bearer ${ada.jwt}`, 'x-hasura-role': 'user', 'x-hasura-user-id': ada.id, 'x-hasura-session-id': ada.sessionId };
  for (const { args: { role, definition } } of JSON.parse(await readFile(METADATA, 'utf8')).args.slice(1)) {
    const schema = buildSchema(`directive @preset(value: String) on ARGUMENT_DEFINITION\n${definition.schema}`);
    for (const field of Object.values(schema.getQueryType().getFields())) {
      const preset = field.args.length > 0 ? `(id: ${JSON.stringify(ada.sessionId)})` : '';
      const query = `{ ${field.name}${preset} ${selection(schema, getNamedType(field.type))} }`;
      const answer = await ask(url, query, role === 'user' ? { headers } : {});
      assert.equal(answer.errors, undefined, `${query}: ${JSON.stringify(answer.errors)}`);
      assert.notEqual(answer.data[field.name], null, query);
    }
  }
  const foreign = await ask(url, `{ session(id: ${JSON.stringify(eve.sessionId)}) { id } viewer { id } }`, { headers });
  assert.deepEqual(foreign.data, { session: null, viewer: { id: ada.id } });
});
