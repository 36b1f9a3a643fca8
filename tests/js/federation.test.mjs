// Apollo's gateway over the server and a subgraph of posts: composed, asked, and counted. The gateway is the one of
// docs/graphql/federation.md, as it stands there.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createServer } from 'node:http';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { composeServices } from '@apollo/composition';
import { buildASTSchema, parse } from 'graphql';
import { atEnd } from './support/ending.mjs';
import { unpack } from './support/pages.mjs';
import { BINARY, changeSettings, startServer } from './support/server.mjs';
import { ask as send, signUp } from './support/sign-up.mjs';

const ENTITIES = 'query($known: [_Any!]!) { _entities(representations: $known) { ... on User { id emailAddresses { emailAddress } } } }';

/** A way to the server that notes what goes over it. */
async function startRecorder(t, target) {
  const requests = [];
  const recorder = createServer(async (request, response) => {
    let text = '';
    for await (const piece of request.setEncoding('utf8')) text += piece;
    requests.push(JSON.parse(text));
    const { 'content-type': type, authorization, accept = '*/*' } = request.headers;
    const headers = { 'content-type': type, accept, ...(authorization && { authorization }) };
    const answer = await fetch(target, { method: 'POST', headers, body: text });
    response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') });
    response.end(await answer.text());
  });
  await new Promise((resolve) => recorder.listen(0, '127.0.0.1', resolve));
  atEnd(t, () => new Promise((resolve) => recorder.close(resolve).closeAllConnections()));
  return { url: `http://127.0.0.1:${recorder.address().port}/graphql`, requests };
}

/** The subgraph of posts in this process, where people are called `user`. */
function postsOf(text, user, authors) {
  const typeDefs = parse(text.replaceAll('User', user));
  const posts = Array.from({ length: 100 }, (_, index) => ({
    __typename: 'Post', id: String(index), title: `Post ${index}`, author: () => ({ __typename: user, id: authors[index % authors.length].id }),
  }));
  const federated = parse(`scalar _Any  union _Entity = Post | ${user}  type _Service { sdl: String! }
    extend type Query { _service: _Service!  _entities(representations: [_Any!]!): [_Entity]! }`);
  const definitions = [...typeDefs.definitions.filter(({ kind }) => kind !== 'SchemaExtension'), ...federated.definitions];
  const query = definitions.find(({ name }) => name?.value === 'Query');
  const extension = definitions.find(({ kind }) => kind === 'ObjectTypeExtension');
  const merged = { ...query, fields: [...query.fields, ...extension.fields] };
  const schema = buildASTSchema({
    kind: 'Document', definitions: definitions.filter((one) => one !== query && one !== extension).concat(merged),
  }, { assumeValidSDL: true });
  const fields = schema.getQueryType().getFields();
  fields.posts.resolve = () => posts;
  fields._entities.resolve = (_, { representations }) => representations;
  schema.getType(user).getFields().posts.resolve = ({ id }) => posts.filter((one) => one.author().id === id);
  return { typeDefs, schema };
}

/** A gateway over the server, reached through a recorder, and over posts by these authors. */
async function startGateway(t, server, authors, prefix) {
  const { url, requests } = await startRecorder(t, `${server.origin}/graphql`);
  const folder = await unpack(t, ['federation.md'], server);
  const args = ['schema', '--federation', ...(prefix ? ['--type-prefix', prefix] : [])];
  const printed = execFileSync(BINARY, args, { encoding: 'utf8' });
  const { typeDefs, schema } = postsOf(await readFile(join(folder, 'posts.graphql'), 'utf8'), `${prefix}User`, authors);
  const { supergraphSdl, errors } = composeServices([
    { name: 'people', url, typeDefs: parse(printed) },
    { name: 'posts', url: 'http://posts.invalid', typeDefs },
  ]);
  assert.deepEqual(errors ?? [], []);
  const { newGateway } = await import(pathToFileURL(join(folder, 'gateway.mjs')));
  const gateway = newGateway({ supergraphSdl, secretKey: server.secretKey, local: { posts: schema } });
  const { executor } = await gateway.load();
  atEnd(t, () => gateway.stop());
  const ask = async (query) => {
    const document = parse(query);
    const { data, errors: failed } = await executor({
      request: { query, variables: {} }, document, queryHash: query, operationName: undefined, operation: document.definitions[0],
      context: {}, metrics: {}, logger: console, schema, source: query, overallCachePolicy: {}, cache: undefined,
    });
    assert.equal(failed, undefined, JSON.stringify(failed));
    // Answers of the executor have no prototypes.
    return JSON.parse(JSON.stringify(data));
  };
  return { ask, requests, printed, supergraphSdl };
}

for (const prefix of ['', 'Auth']) {
  test(`a gateway asks once for the authors of a hundred posts${prefix && ', by their prefixed names'}`, async (t) => {
    const server = await startServer(t);
    if (prefix) await changeSettings(server, { federation: { typePrefix: prefix } });
    const authors = [];
    for (const name of ['ada', 'bob', 'eve']) authors.push(await signUp(server, name));
    const { ask, requests, printed, supergraphSdl } = await startGateway(t, server, authors, prefix);
    const headers = { authorization: `Bearer ${server.secretKey}` };
    const { data: { _service: { sdl } } } = await send(`${server.origin}/graphql`, '{ _service { sdl } }', { headers });
    assert.equal(sdl.trim(), printed.trim(), 'what is printed is what is served');

    const { posts } = await ask('{ posts { author { emailAddresses { emailAddress } } } }');
    assert.equal(posts.length, 100);
    posts.forEach(({ author }, index) => {
      assert.deepEqual(author.emailAddresses, [{ emailAddress: authors[index % 3].emailAddress }]);
    });
    assert.equal(requests.length, 1);
    assert.match(requests[0].query, /^[^{]*\{\s*_entities\(/);
    const known = requests[0].variables.representations;
    assert.deepEqual(new Set(known.map(({ __typename }) => __typename)), new Set([`${prefix}User`]));
    assert.deepEqual(new Set(known.map(({ id }) => id)), new Set(authors.map(({ id }) => id)));

    // What is of an abstract type is told apart by its name.
    const query = '{ posts { author { __typename emailAddresses { verification { __typename status } } } } }';
    const [{ author }] = (await ask(query)).posts;
    assert.deepEqual(author, {
      __typename: `${prefix}User`,
      emailAddresses: [{ verification: { __typename: `${prefix}CodeVerification`, status: 'VERIFIED' } }],
    });
    assert.equal(requests.length, 2);
    assert.match(supergraphSdl, /privateMetadata: \w*JSON .*@inaccessible/);
    await assert.rejects(ask('{ posts { author { privateMetadata } } }'), /privateMetadata/);
  });
}

test('who has no secret key gets nothing from _entities', async (t) => {
  const server = await startServer(t);
  const ada = await signUp(server, 'ada');
  const url = `${server.origin}/graphql`;
  const variables = { known: [{ __typename: 'User', id: ada.id }, { __typename: 'User', id: 'user_1' }] };
  for (const how of [{}, { send: ada.send }, { headers: { authorization: `Bearer ${ada.jwt}` } }]) {
    const { data, errors } = await send(url, ENTITIES, { variables, ...how });
    assert.deepEqual(data, { _entities: [null, null] });
    const [{ extensions: { code } }] = (await send(url, '{ instance { id } }', how)).errors;
    assert.match(code, /^AUTH\w+_INVALID$/);
    assert.deepEqual(errors.map(({ extensions }) => extensions.code), [code, code], 'as of everything that needs a secret key');
  }
  const headers = { authorization: `Bearer ${server.secretKey}` };
  const { data, errors } = await send(url, ENTITIES, { variables, headers });
  assert.equal(errors, undefined);
  assert.deepEqual([data._entities[0].id, data._entities[1]], [ada.id, null]);
});
