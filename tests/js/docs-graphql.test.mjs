// The pages of docs/graphql: all code on them, as it stands. Those about caches are in docs-graphql-caches.test.mjs.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { buildSchema, parse, validate } from 'graphql';
import { createClient } from 'graphql-ws';
import { decodeJwt } from 'jose';
import WebSocket from 'ws';
import { Authenticator } from './support/authenticator.mjs';
import { APP_ORIGIN, newCaller } from './support/caller.mjs';
import { PAGES, addressed, blocksOf, pageNames, read, unpack } from './support/pages.mjs';
import { startProxy } from './support/proxy.mjs';
import { newRest } from './support/rest.mjs';
import { changeSettings, startServer } from './support/server.mjs';
import { verifySessionToken } from './support/session-token.mjs';
import { webSocketOf } from './support/socket.mjs';
import { PATIENCE, within } from './support/wait.mjs';

const SCHEMA = new URL('../../schema.graphql', import.meta.url);
const PASTED = 'sk_test_paste_the_printed_one';
const PASSWORD = 'correct horse battery staple';
const CODE = '424242';
const FOLLOWING = 'subscription { clientUpdated { client { id } } }';

/** Runs a program to its end; its standard output. */
async function run(program, args, { folder, environment = {}, input }) {
  const child = spawn(program, args, {
    cwd: folder,
    env: { PATH: process.env.PATH, HOME: folder, LANG: 'C.UTF-8', ...environment },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let output = '';
  let errors = '';
  child.stdout.setEncoding('utf8').on('data', (text) => (output += text));
  child.stderr.setEncoding('utf8').on('data', (text) => (errors += text));
  child.stdin.end(input);
  const [code] = await within(PATIENCE, program, once(child, 'close')).finally(() => child.kill('SIGKILL'));
  assert.equal(code, 0, `${program} ended with ${code}\n-- output\n${output}\n-- errors\n${errors}`);
  return output;
}

/** Runs the blocks for a shell of a page in one of them; the answers. */
async function runShell(t, page, server) {
  const folder = await unpack(t, [], server);
  const blocks = (await blocksOf(page)).filter(({ language }) => language === 'sh');
  const script = addressed(blocks.map(({ text }) => text).join('\n'), server).replaceAll(PASTED, server.secretKey);
  const output = await run('bash', ['-euo', 'pipefail'], { folder, input: script });
  return output.trim().split('\n').map((line) => JSON.parse(line));
}

/** Imports a file of a page. */
const load = (folder, name) => import(pathToFileURL(join(folder, name)));

// The operations of journey.graphql that a test has run.
const travelled = new Set(['AccountUpdated']);

/** Sends operations of journey.graphql, as it stands, by their names. */
async function newTraveller(url, fetch) {
  const journey = await read('journey.graphql');
  return async (operationName, variables = {}) => {
    travelled.add(operationName);
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/graphql-response+json' },
      body: JSON.stringify({ query: journey, operationName, variables }),
    });
    const { data, errors, extensions } = await response.json();
    assert.equal(errors, undefined, `${operationName}: ${JSON.stringify(errors)}`);
    assert.ok(extensions.cost.requested <= extensions.cost.maximum);
    const [payload] = Object.values(data);
    assert.deepEqual(payload?.userErrors ?? [], [], operationName);
    return operationName === 'Account' ? data : payload;
  };
}

const addressOf = (firstName) => `${firstName}+clerk_test@example.com`;

/** Signs somebody up by journey.graphql. */
async function signUp(travel, firstName) {
  const { signUp } = await travel('SignUp', { emailAddress: addressOf(firstName), password: PASSWORD, firstName });
  await travel('SignUpSendCode', { signUpId: signUp.id });
  return travel('SignUpEnterCode', { signUpId: signUp.id, code: CODE });
}

// Which test runs the files of a page. Shell blocks have no name and are run for README and the native callers.
const FILES = {
  'README.md': [],
  'apollo.md': ['vestibule.mjs', 'account-documents.mjs', 'use-account.mjs', 'tokens.mjs', 'backend.mjs'],
  'native.md': ['native-client.mjs', 'native-journey.mjs'],
  'python.md': ['administer.py', 'client_token.py', 'person.py', 'follow.py', 'main.py'],
  'relay.md': ['relay.config.json', 'src/account/vestibule.js', 'src/account/Account.js', 'src/account/tokens.js', 'src/posts/backend.js'],
  'session-token.md': ['session-token.mjs', 'session-tokens.graphql'],
  'subscriptions.md': ['account-updated.graphql', 'socket.mjs', 'native-socket.mjs', 'events.mjs', 'nginx.conf', 'Caddyfile'],
  'urql.md': ['vestibule.mjs', 'account-documents.mjs', 'use-account.mjs', 'tokens.mjs', 'backend.mjs'],
};

test('each block of code on the pages is one that a test runs', async () => {
  assert.deepEqual(await pageNames(), Object.keys(FILES));
  for (const page of await pageNames()) {
    const blocks = await blocksOf(page);
    const [shell, files] = [blocks.filter(({ name }) => !name), blocks.filter(({ name }) => name)];
    assert.deepEqual(files.map(({ name }) => name), FILES[page], page);
    for (const { language, text } of shell) {
      assert.ok(language === 'sh' && ['README.md', 'native.md'].includes(page), `a block of ${page} that nobody runs:\n${text}`);
    }
  }
});

test('each page is named by the first one, and each link leads somewhere', async () => {
  const index = await read('README.md');
  for (const page of [...(await pageNames()), 'journey.graphql']) {
    assert.ok(page === 'README.md' || index.includes(`(${page})`), `README.md names ${page}`);
    for (const [, target] of (await read(page)).matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)) {
      await assert.doesNotReject(readFile(join(PAGES, target)), `${page} links to ${target}`);
    }
  }
});

test('what is said for a shell is answered as the first page says', async (t) => {
  const server = await startServer(t);
  const answers = await runShell(t, 'README.md', server);
  for (const answer of answers) assert.equal(answer.errors, undefined, JSON.stringify(answer));
  const [nobody, begun, pending, replaced, native, instance, complete, viewer] = answers.map(({ data }) => data);
  assert.equal(nobody.viewer, null);
  assert.equal(pending.client.signUp.id, begun.signUpCreate.signUp.id);
  assert.equal(native.client.id, replaced.clientReplace.client.id);
  assert.match(instance.instance.id, /^ins_/);
  assert.equal(complete.signUpAttemptVerification.signUp.status, 'COMPLETE');
  assert.equal(viewer.viewer.emailAddresses[0].emailAddress, 'reader+clerk_test@example.com');
});

test('a session token changes nothing and follows no client, and a secret key is refused from a page', async (t) => {
  const server = await startServer(t);
  const url = `${server.origin}/graphql`;
  const travel = await newTraveller(url, newCaller().fetch);
  await signUp(travel, 'ada');
  const { token } = await travel('SessionToken');
  const ask = async (query, headers) => {
    const options = { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify({ query }) };
    const { data, errors } = await (await fetch(url, options)).json();
    return errors?.[0].extensions.code ?? data;
  };
  assert.equal(await ask('mutation { sessionEnd { userErrors { code } } }', { authorization: `Bearer ${token.jwt}` }), 'AUTHORIZATION_INVALID');
  const following = { authorization: `Bearer ${token.jwt}`, accept: 'text/event-stream' };
  const events = await fetch(`${url}?query=${encodeURIComponent(FOLLOWING)}`, { headers: following });
  assert.match(await events.text(), /"AUTHORIZATION_INVALID"[^]*event: complete/);
  const secret = { authorization: `Bearer ${server.secretKey}`, origin: APP_ORIGIN };
  assert.equal(await ask('{ instance { id } }', secret), 'ORIGIN_INVALID');
  assert.deepEqual(await ask('{ query { query { id } } id }', {}), { id: 'query', query: { query: { id: 'query' } } });
});

test('journey.graphql is what the schema knows, and takes every operation from its variables', async () => {
  const schema = buildSchema(await readFile(SCHEMA, 'utf8'));
  const journey = parse(await read('journey.graphql'));
  assert.deepEqual(validate(schema, journey), []);
  const texts = JSON.stringify(journey, (key, value) => (key === 'loc' ? undefined : value));
  assert.ok(!texts.includes('"StringValue"'), 'no text is written into an operation');
});

test('journey.graphql leads from signing up to a deleted client', async (t) => {
  const server = await startServer(t);
  await changeSettings(server, { session: { singleSessionMode: false } });
  const url = `${server.origin}/graphql`;
  const caller = newCaller();
  const travel = await newTraveller(url, caller.fetch);
  assert.deepEqual(await travel('Account'), { client: null, viewer: null });

  const begun = await travel('SignUp', { emailAddress: addressOf('ada'), password: PASSWORD, firstName: 'Ada' });
  assert.deepEqual(begun.query.client.signUp.unverifiedFields, ['EMAIL_ADDRESS']);
  const pushes = openSockets(t, url, caller).iterate({ query: await read('journey.graphql'), operationName: 'AccountUpdated' });
  await changed(pushes, ({ client }) => client.signUp.status === 'MISSING_REQUIREMENTS');
  const sent = await travel('SignUpSendCode', { signUpId: begun.signUp.id });
  assert.equal(sent.query.client.signUp.verifications.emailAddress.nextAction, 'NEEDS_ATTEMPT');
  const ada = await travel('SignUpEnterCode', { signUpId: begun.signUp.id, code: CODE });
  assert.equal(ada.signUp.status, 'COMPLETE');
  assert.equal(ada.query.viewer.firstName, 'Ada');
  await changed(pushes, ({ viewer }) => viewer?.firstName === 'Ada');

  const { token } = await travel('SessionToken');
  await verifySessionToken(token.jwt, {
    origin: server.origin,
    sessionId: ada.signUp.createdSessionId,
    userId: ada.signUp.createdUserId,
    authorizedParty: APP_ORIGIN,
  });

  await signUp(await newTraveller(url, newCaller().fetch), 'bob');
  const bob = await travel('SignInByPassword', { identifier: addressOf('bob'), password: PASSWORD });
  assert.equal(bob.query.viewer.firstName, 'bob');
  const switched = await travel('SwitchSession', { sessionId: ada.signUp.createdSessionId });
  assert.equal(switched.query.viewer.firstName, 'Ada');
  await changed(pushes, ({ client }) => client.lastActiveSession?.id === ada.signUp.createdSessionId);
  assert.equal((await travel('SignOut', { sessionId: bob.signIn.createdSessionId })).session.status, 'ENDED');
  assert.equal((await travel('SignOut')).query.viewer, null);

  const { signIn } = await travel('SignInSendCode', { identifier: addressOf('ada') });
  assert.equal(signIn.status, 'NEEDS_FIRST_FACTOR');
  const byCode = await travel('SignInEnterCode', { signInId: signIn.id, code: CODE });
  assert.equal(byCode.query.viewer.firstName, 'Ada');
  await changed(pushes, ({ client }) => client.lastActiveSession?.id === byCode.signIn.createdSessionId);
  const { deletedClientId, query } = await travel('DeleteClient');
  assert.equal(deletedClientId, ada.query.client.id);
  assert.deepEqual(query, { client: null, viewer: null });
  await changed(pushes, ({ client, viewer }) => client === null && viewer === null);
  assert.equal((await within(PATIENCE, 'the end', pushes.next())).done, true);
});

test('journey.graphql takes a second factor, too', async (t) => {
  const server = await startServer(t);
  await changeSettings(server, { attribute: { authenticatorApp: { enabled: true }, backupCode: { enabled: true } } });
  const url = `${server.origin}/graphql`;
  const caller = newCaller();
  await signUp(await newTraveller(url, caller.fetch), 'ada');
  const rest = newRest(server.origin, caller);
  const { secret } = (await rest('POST', '/v1/me/totp')).response;
  const { backup_codes: backupCodes } = (await rest('POST', '/v1/me/totp/attempt_verification', { code: new Authenticator(secret).code() })).response;

  const travel = await newTraveller(url, newCaller().fetch);
  const { signIn } = await travel('SignInByPassword', { identifier: addressOf('ada'), password: PASSWORD });
  assert.equal(signIn.status, 'NEEDS_SECOND_FACTOR');
  const complete = await travel('SignInEnterSecondFactor', { signInId: signIn.id, proof: { backupCode: backupCodes[0] } });
  assert.equal(complete.query.viewer.firstName, 'ada');
});

/** The graphql-ws client of a page of `caller`; its socket closes when the test `t` ends. */
function openSockets(t, url, caller) {
  const sockets = createClient({ url: url.replace(/^http/, 'ws'), webSocketImpl: webSocketOf(caller) });
  t.after(() => sockets.dispose());
  return sockets;
}

/** Waits until `clientUpdated` has pushed a root of queries as wanted. */
function changed(pushes, isWanted) {
  return within(PATIENCE, `a push with ${isWanted}`, (async () => {
    for (;;) {
      const { value, done } = await pushes.next();
      assert.ok(!done, `the subscription ended before a push with ${isWanted}`);
      assert.equal(value.errors, undefined, JSON.stringify(value.errors));
      if (isWanted(value.data.clientUpdated.query)) return value.data.clientUpdated;
    }
  })());
}

/** A token that says what a lifetime is made of. */
function tokenOf(sid, iat, exp) {
  return ['{}', JSON.stringify({ sid, iat, exp }), ''].map((part) => Buffer.from(part).toString('base64url')).join('.');
}

test('a session token is asked for once, until shortly before its end, and again after a failure', async (t) => {
  t.mock.timers.enable({ apis: ['Date'], now: 1_000_000 });
  const { newSessionTokens } = await load(await unpack(t, ['session-token.md'], { origin: 'http://localhost:4000' }), 'session-token.mjs');
  const asked = [];
  const tokens = newSessionTokens((sessionId) => new Promise((resolve, reject) => asked.push({ sessionId, resolve, reject })));
  // The clock of the server is an hour ahead.
  const answer = (number) => asked[number].resolve(tokenOf(asked[number].sessionId, 4_600, 4_660));
  const sessionOf = async (jwt) => decodeJwt(await jwt).sid;

  const early = tokens.get();
  tokens.follow('sess_1');
  const both = [early, tokens.get()];
  await new Promise(setImmediate);
  assert.equal(asked.length, 1);
  asked[0].reject(new Error('the network is down'));
  for (const jwt of both) await assert.rejects(jwt, /network/);

  const again = tokens.get();
  await new Promise(setImmediate);
  answer(1);
  assert.equal(await sessionOf(again), 'sess_1');
  t.mock.timers.tick(49_999);
  tokens.follow('sess_1');
  assert.equal(await sessionOf(tokens.get()), 'sess_1');
  assert.equal(asked.length, 2);
  t.mock.timers.tick(1);
  const renewed = tokens.get();
  await new Promise(setImmediate);
  assert.equal(asked.length, 3);

  // It is not given to who is there by the time that it arrives.
  tokens.follow('sess_2');
  answer(2);
  await new Promise(setImmediate);
  answer(3);
  assert.equal(await sessionOf(renewed), 'sess_2');
  tokens.follow(null);
  assert.equal(await tokens.get(), null);
  assert.equal(asked.length, 4);
});

test('a native caller goes through its page', async (t) => {
  const server = await startServer(t);
  const folder = await unpack(t, ['native.md'], server);
  const [created, jwt, kept] = (await run(process.execPath, ['native-journey.mjs'], { folder })).trim().split('\n');
  const [, userId] = /^COMPLETE (user_\w+)$/.exec(created);
  assert.equal(decodeJwt(jwt).sub, userId);
  assert.equal(kept, 'null');
  const [begun, seen] = await runShell(t, 'native.md', server);
  assert.equal(seen.data.client.signUp.id, begun.data.signUpCreate.signUp.id, 'it is the same client in the next request');
});

test('a native caller asks one thing after the other, and is told what is wrong', async (t) => {
  const server = await startServer(t);
  const { newNativeClient } = await load(await unpack(t, ['native.md'], server), 'native-client.mjs');
  let kept = null;
  const ask = newNativeClient({ read: async () => kept, write: async (token) => (kept = token) });
  const begin = (name) =>
    ask('mutation ($emailAddress: String!) { signUpCreate(input: { emailAddress: $emailAddress }) { signUp { id } client { id } } }', {
      emailAddress: addressOf(name),
    });
  const clients = (await Promise.all(['ada', 'bob', 'eve'].map(begin))).map(({ signUpCreate }) => signUpCreate.client.id);
  assert.equal(new Set(clients).size, 1, 'beginnings at once are of one client');
  await assert.rejects(ask('mutation { sessionTokenCreate { token { jwt } } }'), { code: 'AUTHENTICATION_INVALID' });
  assert.ok((await ask('{ client { id } }')).client, 'it goes on after a failure');
});

/** A caller who has begun to sign up, whose browser is what files of pages find that are loaded from now on. */
async function browserWithClient(t, origin, name) {
  const caller = newCaller();
  const own = { fetch: globalThis.fetch, WebSocket: globalThis.WebSocket };
  t.after(() => Object.assign(globalThis, own));
  Object.assign(globalThis, { fetch: caller.fetch, WebSocket: webSocketOf(caller) });
  const travel = await newTraveller(`${origin}/graphql`, caller.fetch);
  const { signUp } = await travel('SignUp', { emailAddress: addressOf(name), password: PASSWORD });
  await travel('SignUpSendCode', { signUpId: signUp.id });
  return { travel, complete: () => travel('SignUpEnterCode', { signUpId: signUp.id, code: CODE }) };
}

/** Goes through what a page's client of sockets or events promises: the present state, what changes, and the end. */
async function isFollowed(t, client, { travel, complete }) {
  t.after(() => client.dispose());
  const query = (await blocksOf('subscriptions.md')).find(({ name }) => name === 'account-updated.graphql').text;
  const pushes = client.iterate({ query });
  await changed(pushes, ({ viewer, client: shown }) => viewer === null && shown.sessions.length === 0);
  const { query: account } = await complete();
  await changed(pushes, ({ viewer }) => viewer?.id === account.viewer.id);
  await travel('SignOut');
  await changed(pushes, ({ client: shown }) => shown.sessions[0]?.status === 'ENDED');
  await travel('DeleteClient');
  const last = await changed(pushes, ({ client: shown }) => shown === null);
  assert.equal(last.client, null);
  assert.equal((await within(PATIENCE, 'the end', pushes.next())).done, true);
}

for (const [how, file, name] of [
  ['over WebSocket', 'socket.mjs', 'sockets'],
  ['by server-sent events', 'events.mjs', 'events'],
]) {
  test(`a page follows its client ${how}`, async (t) => {
    const server = await startServer(t);
    const browser = await browserWithClient(t, server.origin, 'ada');
    const folder = await unpack(t, ['subscriptions.md'], server);
    await isFollowed(t, (await load(folder, file))[name], browser);
  });
}

test('a native caller comes back to its socket with its newest token', async (t) => {
  const server = await startServer(t);
  const folder = await unpack(t, ['subscriptions.md', 'native.md'], server);
  const { newNativeClient } = await load(folder, 'native-client.mjs');
  const { newNativeSockets } = await load(folder, 'native-socket.mjs');
  const own = globalThis.WebSocket;
  t.after(() => (globalThis.WebSocket = own));
  globalThis.WebSocket = WebSocket;
  let kept = null;
  const ask = newNativeClient({ read: async () => kept, write: async (token) => (kept = token) });
  const journey = await read('journey.graphql');
  // The client takes a document alone, so each is sent without the other operations.
  const only = (name) => `${journey.match(new RegExp(`^mutation ${name}\\b.*?^}$`, 'ms'))[0]}\n${journey.match(/^fragment .*?^}$/gms).join('\n')}`;
  const travel = async (name, variables) => Object.values(await ask(only(name), variables))[0];
  const { signUp } = await travel('SignUp', { emailAddress: addressOf('ada'), password: PASSWORD });
  await travel('SignUpSendCode', { signUpId: signUp.id });
  const complete = () => travel('SignUpEnterCode', { signUpId: signUp.id, code: CODE });
  await isFollowed(t, newNativeSockets(async () => kept), { travel, complete });
});

test('sockets close as the page says', async (t) => {
  const server = await startServer(t);
  const browser = newCaller();
  const travel = await newTraveller(`${server.origin}/graphql`, browser.fetch);
  const closing = async (payload, cookie, act) => {
    const socket = new WebSocket(`${server.origin.replace(/^http/, 'ws')}/graphql`, 'graphql-transport-ws', { headers: cookie ? { cookie } : {} });
    const closed = once(socket, 'close');
    await once(socket, 'open');
    const acknowledged = once(socket, 'message');
    socket.send(JSON.stringify(payload));
    if (act) {
      await within(PATIENCE, 'the acknowledgement', acknowledged);
      await act(socket);
    }
    const [code] = await within(PATIENCE, 'the end of a socket', closed);
    return code;
  };
  const init = { type: 'connection_init' };
  assert.equal(await closing({ type: 'nothing' }), 4400);
  assert.equal(await closing({ type: 'subscribe', id: '1', payload: { query: '{ id }' } }), 4401);
  assert.equal(await closing(init, undefined, (socket) => socket.send(JSON.stringify(init))), 4429);
  const { query } = await signUp(travel, 'ada');
  const cookie = browser.cookies(server.origin);
  const sessionId = query.client.lastActiveSession.id;
  const named = { ...init, payload: { sessionId } };
  assert.equal(await closing(named, cookie, () => travel('SignOut')), 4403);
  assert.equal(await closing(init, cookie, () => travel('SignInByPassword', { identifier: addressOf('ada'), password: PASSWORD })), 1012);
  assert.equal(await closing(init, browser.cookies(server.origin), () => travel('DeleteClient')), 4401);
});

test('tokens are pushed as the page says, until the session is over', async (t) => {
  const server = await startServer(t);
  const caller = newCaller();
  const travel = await newTraveller(`${server.origin}/graphql`, caller.fetch);
  const { signUp: complete } = await signUp(travel, 'ada');
  const query = (await blocksOf('session-token.md')).find(({ name }) => name === 'session-tokens.graphql').text;
  const pushes = openSockets(t, `${server.origin}/graphql`, caller).iterate({ query });
  const next = async () => (await within(PATIENCE, 'a push', pushes.next())).value.data.sessionTokenRefreshed;
  const { sessionToken } = await next();
  const { sid, sub } = decodeJwt(sessionToken.jwt);
  assert.deepEqual([sid, sub], [complete.createdSessionId, complete.createdUserId]);
  await travel('SignOut');
  assert.deepEqual(await next(), { sessionToken: null, session: { id: sid, status: 'ENDED' } });
  assert.equal((await within(PATIENCE, 'the end', pushes.next())).done, true);
});

test('who is no client yet has nothing to follow', async (t) => {
  const server = await startServer(t);
  const sockets = openSockets(t, `${server.origin}/graphql`, newCaller());
  const pushes = sockets.iterate({ query: FOLLOWING });
  const told = await within(PATIENCE, 'the refusal', pushes.next().then(({ value }) => value.errors, (errors) => errors));
  assert.equal(told[0].extensions.code, 'AUTHENTICATION_INVALID');
});

for (const name of ['nginx', 'caddy']) {
  test(`a page follows its client through ${name}, by both ways`, async (t) => {
    const server = await startServer(t, { VESTIBULE_HTTP_TRUSTED_PROXIES: '127.0.0.1' });
    const origin = await startProxy(t, name, await unpack(t, ['subscriptions.md'], server));
    const folder = await unpack(t, ['subscriptions.md'], { origin });
    const ada = await browserWithClient(t, origin, 'ada');
    await isFollowed(t, (await load(folder, 'socket.mjs')).sockets, ada);
    const bob = await browserWithClient(t, origin, 'bob');
    await isFollowed(t, (await load(folder, 'events.mjs')).events, bob);
  });
}

/** The Python that has gql. */
function python() {
  const program = process.env.GQL_PYTHON;
  if (!program) throw new Error('GQL_PYTHON must name a Python that has gql; scripts/test makes one');
  return program;
}

test('the page about Python keeps what it promises', async (t) => {
  const server = await startServer(t);
  const folder = await unpack(t, ['python.md'], server);
  await copyFile(join(PAGES, 'journey.graphql'), join(folder, 'journey.graphql'));
  const environment = { CLERK_SECRET_KEY: server.secretKey };
  assert.match(await run(python(), ['administer.py'], { folder, environment }), /^ins_\w+ 60\n$/);
  const lines = (await run(python(), ['main.py'], { folder })).trim().split('\n');
  assert.deepEqual(lines.filter((line) => !line.startsWith('token ')), ['before None', 'signed up Ada', 'deleted None None']);
  assert.match(decodeJwt(lines.find((line) => line.startsWith('token ')).slice('token '.length)).sub, /^user_/);
});

test('the WebSocket transport of Python needs to be told the sub-protocol', async (t) => {
  const server = await startServer(t);
  const folder = await unpack(t, ['python.md'], server);
  const script = addressed(
    `
import asyncio
from gql import Client, gql
from gql.transport.aiohttp_websockets import AIOHTTPWebsocketsTransport
from gql.transport.exceptions import TransportConnectionFailed
from gql.transport.websockets import WebsocketsTransport
from follow import close_code

async def ask(transport):
    try:
        async with Client(transport=transport) as session:
            return (await session.execute(gql("query { id }")))["id"]
    except TransportConnectionFailed as failure:
        return close_code(failure)

async def main():
    url = "ws://localhost:4000/graphql"
    print(await ask(WebsocketsTransport(url=url)))
    print(await ask(WebsocketsTransport(url=url, subprotocols=[WebsocketsTransport.GRAPHQLWS_SUBPROTOCOL])))
    print(await ask(AIOHTTPWebsocketsTransport(url=url)))

asyncio.run(main())
`,
    server,
  );
  assert.equal(await run(python(), ['-c', script], { folder }), '4400\nquery\nquery\n');
});

test('each operation of journey.graphql was run by a test', async () => {
  const { definitions } = parse(await read('journey.graphql'));
  const operations = definitions.filter(({ kind }) => kind === 'OperationDefinition').map(({ name }) => name.value);
  assert.deepEqual(operations.filter((name) => !travelled.has(name)), []);
});
