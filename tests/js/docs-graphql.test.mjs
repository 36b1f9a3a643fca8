// The pages of docs/graphql: all code on them, as it stands. Those about caches are in docs-graphql-caches.test.mjs, the table of
// features in docs-graphql-features.test.mjs, codegen in schema/codegen.test.mjs.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { copyFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { buildSchema, parse, validate } from 'graphql';
import { createClient } from 'graphql-ws';
import { decodeJwt } from 'jose';
import WebSocket from 'ws';
import { Authenticator } from './support/authenticator.mjs';
import { APP_ORIGIN, newCaller } from './support/caller.mjs';
import { atEnd } from './support/ending.mjs';
import { CODE, PASSWORD, addressOf, load, newTraveller, run, runShell, signUp, travelled } from './support/pages-run.mjs';
import { PAGES, addressed, blocksOf, pageNames, read, unpack } from './support/pages.mjs';
import { startProxy } from './support/proxy.mjs';
import { changeSettings, startServer } from './support/server.mjs';
import { verifySessionToken } from './support/session-token.mjs';
import { webSocketOf } from './support/socket.mjs';
import { PATIENCE, within } from './support/wait.mjs';

const SCHEMA = new URL('../../schema.graphql', import.meta.url);
const FOLLOWING = 'subscription { clientUpdated { client { id } } }';

// The files of each page, which a test runs. Shell blocks have no name and are run for the pages of `WITH_SHELL`.
const FILES = {
  'README.md': [],
  'apollo.md': ['vestibule.mjs', 'account-documents.mjs', 'use-account.mjs', 'went-wrong.mjs', 'tokens.mjs', 'backend.mjs'],
  'client-features.md': [],
  'codegen.md': ['codegen.ts', 'src/sign-in.ts'],
  'federation.md': ['posts.graphql', 'gateway.mjs'],
  'hasura.md': ['hasura.env', 'send.sh', 'introspection.mjs'],
  'native-clients.md': ['native-fetch.mjs', 'client-token.mjs', 'vestibule.apollo.mjs', 'vestibule.urql.mjs', 'vestibule.relay.js'],
  'native.md': ['native-client.mjs', 'native-journey.mjs'],
  'python.md': ['administer.py', 'client_token.py', 'person.py', 'follow.py', 'main.py'],
  'relay.md': [
    'relay.config.json',
    ...['vestibule', 'Account', 'went-wrong', 'tokens'].map((name) => `src/account/${name}.js`),
    'src/posts/backend.js',
  ],
  'secret-key.md': [],
  'session-token.md': ['session-token.mjs', 'session-tokens.graphql'],
  'several-accounts.md': ['several-accounts.mjs'],
  'subscriptions.md': ['account-updated.graphql', 'socket.mjs', 'native-socket.mjs', 'events.mjs', 'nginx.conf', 'Caddyfile'],
  'trusted-documents.md': [
    'codegen.ts', 'relay.config.json', 'trust.sh', 'apollo-link.mjs', 'urql-exchange.mjs', 'relay-network.mjs',
    'socket-by-identifier.mjs',
  ],
  'urql.md': ['vestibule.mjs', 'account-documents.mjs', 'use-account.mjs', 'went-wrong.mjs', 'tokens.mjs', 'backend.mjs'],
};
const WITH_SHELL = ['README.md', 'native.md', 'several-accounts.md'];

test('each block of code on the pages is one that a test runs', async () => {
  assert.deepEqual(await pageNames(), Object.keys(FILES));
  for (const page of await pageNames()) {
    const blocks = await blocksOf(page);
    const [shell, files] = [blocks.filter(({ name }) => !name), blocks.filter(({ name }) => name)];
    assert.deepEqual(files.map(({ name }) => name), FILES[page], page);
    for (const { language, text } of shell) {
      assert.ok(language === 'sh' && WITH_SHELL.includes(page), `a block of ${page} that nobody runs:\n${text}`);
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
  const settle = await newTraveller(url, caller.fetch);
  const { totp } = await settle('SetUpAuthenticatorApp');
  assert.match(totp.uri, /^otpauth:/);
  const app = new Authenticator(totp.secret);
  const entered = await settle('EnterFirstAppCode', { code: app.code() });
  assert.deepEqual([entered.totp.verified, entered.query.viewer.totpEnabled, entered.query.viewer.backupCodeEnabled], [true, true, true]);
  const { backupCodes } = await settle('NewBackupCodes');
  assert.ok(!backupCodes.codes.includes(entered.totp.backupCodes[0]));

  const signIn = async (proof) => {
    const travel = await newTraveller(url, newCaller().fetch);
    const half = await travel('SignInByPassword', { identifier: addressOf('ada'), password: PASSWORD });
    assert.deepEqual([half.signIn.status, half.query.viewer], ['NEEDS_SECOND_FACTOR', null], 'nothing was wrong, and nobody is signed in');
    assert.deepEqual(half.query.client.signIn.supportedSecondFactors.map(({ strategy }) => strategy).sort(), ['BACKUP_CODE', 'TOTP']);
    const complete = await travel('SignInEnterSecondFactor', { signInId: half.signIn.id, proof });
    assert.deepEqual([complete.signIn.status, complete.query.viewer.firstName], ['COMPLETE', 'ada']);
  };
  await signIn({ backupCode: backupCodes.codes[0] });
  // The code of the present step is used up.
  await signIn({ totp: app.code(1) });
  const { query } = await settle('RemoveAuthenticatorApp');
  assert.deepEqual([query.viewer.totpEnabled, query.viewer.backupCodeEnabled], [false, false]);
});

test('several accounts share a browser where the instance lets them', async (t) => {
  const server = await startServer(t);
  const url = `${server.origin}/graphql`;
  const travel = await newTraveller(url, newCaller().fetch);
  const ada = await signUp(travel, 'ada');
  await signUp(await newTraveller(url, newCaller().fetch), 'bob');
  const bobsWay = { identifier: addressOf('bob'), password: PASSWORD };
  await assert.rejects(travel('SignInByPassword', bobsWay), ({ actual }) => {
    assert.deepEqual(actual.map(({ code }) => code), ['SESSION_EXISTS']);
    return true;
  });
  const [changed] = await runShell(t, 'several-accounts.md', server);
  assert.deepEqual(changed.data.instanceSettingsUpdate.userErrors, []);

  const bob = await travel('SignInByPassword', bobsWay);
  assert.equal(bob.query.viewer.firstName, 'bob');
  const { signOutAndGoOn, switchable } = await load(await unpack(t, ['several-accounts.md'], server), 'several-accounts.mjs');
  assert.equal(switchable(bob.query.client).length, 2);
  const after = await signOutAndGoOn(travel);
  assert.equal(after.viewer.firstName, 'ada');
  assert.deepEqual(switchable(after.client).map(({ id }) => id), [ada.signUp.createdSessionId]);
  assert.deepEqual(after.client.sessions.map(({ status }) => status).sort(), ['ACTIVE', 'ENDED']);
  const last = await signOutAndGoOn(travel);
  assert.deepEqual([last.viewer, switchable(last.client)], [null, []]);
});

test('a sign-out leaves nobody acting, and only a session that is in use can be made to act', async (t) => {
  const server = await startServer(t);
  await changeSettings(server, { session: { singleSessionMode: false } });
  const url = `${server.origin}/graphql`;
  const travel = await newTraveller(url, newCaller().fetch);
  await signUp(travel, 'ada');
  await signUp(await newTraveller(url, newCaller().fetch), 'bob');
  const { signIn } = await travel('SignInByPassword', { identifier: addressOf('bob'), password: PASSWORD });
  const { query } = await travel('SignOut');
  assert.deepEqual([query.viewer, query.client.lastActiveSession], [null, null]);
  assert.deepEqual(query.client.sessions.map(({ status }) => status).sort(), ['ACTIVE', 'ENDED']);
  await assert.rejects(travel('SwitchSession', { sessionId: signIn.createdSessionId }), /SwitchSession/);
});

test('what a secret key may do is what its page says', async (t) => {
  const server = await startServer(t);
  const url = `${server.origin}/graphql`;
  const travel = await newTraveller(url, newCaller().fetch);
  const { signUp: made, query: root } = await signUp(travel, 'ada');
  const ids = { 'user_…': made.createdUserId, 'sess_…': made.createdSessionId, 'client_…': root.client.id };
  const rows = [...(await read('secret-key.md')).matchAll(/^\| [^|]+ \| `([^`]+)` \| (.+) \|$/gm)];
  assert.ok(rows.length > 15, `${rows.length}`);
  for (const [, operation, said] of rows) {
    const query = Object.entries(ids).reduce((text, [placeholder, id]) => text.replaceAll(placeholder, id), operation);
    const headers = { 'content-type': 'application/json', accept: 'text/event-stream, application/json', authorization: `Bearer ${server.secretKey}` };
    const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify({ query }) });
    const text = await response.text();
    const { data, errors } = JSON.parse(/^\{.*|(?<=^data: )\{.*/m.exec(text)[0]);
    if (said === 'yes' || said === 'null') {
      assert.equal(errors, undefined, `${operation}: ${text}`);
      let value = data;
      while (value !== null && typeof value === 'object' && Object.keys(value).length === 1) [value] = Object.values(value);
      assert.equal(value === null, said === 'null', `${operation}: ${text}`);
    } else {
      assert.equal(`\`${errors[0].extensions.code}\``, said, operation);
    }
  }
});

/** The graphql-ws client of a page of `caller`; its socket closes when the test `t` ends. */
function openSockets(t, url, caller) {
  const sockets = createClient({ url: url.replace(/^http/, 'ws'), webSocketImpl: webSocketOf(caller) });
  atEnd(t, () => sockets.dispose());
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
  const reads = [];
  const tokens = newSessionTokens(
    (sessionId) => new Promise((resolve, reject) => asked.push({ sessionId, resolve, reject })),
    () => new Promise((resolve, reject) => reads.push({ resolve, reject })),
  );
  // The clock of the server is an hour ahead.
  const answer = (number) => asked[number].resolve(tokenOf(asked[number].sessionId, 4_600, 4_660));
  const sessionOf = async (jwt) => decodeJwt(await jwt).sid;

  const early = tokens.get();
  const meanwhile = tokens.get();
  assert.equal(reads.length, 1, 'who comes while nothing is known asks once');
  reads[0].reject(new Error('the server is down'));
  for (const jwt of [early, meanwhile]) await assert.rejects(jwt, /server is down/);
  const both = [tokens.get(), tokens.get()];
  assert.equal(reads.length, 2, 'and again after a failure');
  // The page has heard of it before the answer, which is older.
  tokens.follow('sess_1');
  reads[1].resolve('sess_0');
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
  assert.equal(reads.length, 2);
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

test('a native caller may say so in the address or by a header, and give its token bare or as a bearer', async (t) => {
  const server = await startServer(t);
  const ask = async (query, { address = '', ...headers }) => {
    const options = { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify({ query }) };
    const response = await fetch(`${server.origin}/graphql${address}`, options);
    return { token: response.headers.get('authorization'), ...(await response.json()) };
  };
  for (const way of [{ address: '?_is_native=1' }, { 'vestibule-native': '1' }]) {
    const { token, data } = await ask('mutation { clientReplace { client { id } } }', way);
    for (const authorization of [token, `Bearer ${token}`]) {
      const answer = await ask('{ client { id } }', { ...way, authorization });
      assert.deepEqual(answer.data.client, data.clientReplace.client, JSON.stringify(way));
    }
  }
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
  await signUp(await newTraveller(`${server.origin}/graphql`, newCaller().fetch), 'known');
  const guess = `mutation { signInCreate(input: { identifier: "${addressOf('known')}", proof: { password: "not the right one" } }) { userErrors { code } } }`;
  const failures = await Promise.all(Array.from({ length: 7 }, () => ask(guess).then(() => null, (error) => error)));
  const { code, retryAfterSeconds } = failures.find((failure) => failure);
  assert.equal(code, 'TOO_MANY_REQUESTS');
  assert.ok(retryAfterSeconds >= 1);
});

/** A caller who has begun to sign up, whose browser is what files of pages find that are loaded from now on. */
async function browserWithClient(t, origin, name) {
  const caller = newCaller();
  const own = { fetch: globalThis.fetch, WebSocket: globalThis.WebSocket };
  atEnd(t, () => Object.assign(globalThis, own));
  Object.assign(globalThis, { fetch: caller.fetch, WebSocket: webSocketOf(caller) });
  const travel = await newTraveller(`${origin}/graphql`, caller.fetch);
  const { signUp } = await travel('SignUp', { emailAddress: addressOf(name), password: PASSWORD });
  await travel('SignUpSendCode', { signUpId: signUp.id });
  return { travel, complete: () => travel('SignUpEnterCode', { signUpId: signUp.id, code: CODE }) };
}

/** Goes through what a page's client of sockets or events promises: the present state, what changes, and the end. */
async function isFollowed(t, client, { travel, complete }) {
  atEnd(t, () => client.dispose());
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
  atEnd(t, () => (globalThis.WebSocket = own));
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
  const { value } = await within(PATIENCE, 'that there is none', pushes.next());
  assert.deepEqual(value.data, { clientUpdated: { client: null } });
  assert.equal((await within(PATIENCE, 'the end', pushes.next())).done, true);
  const refused = sockets.iterate({ query: 'subscription { sessionRevoked { session { id } } }' });
  const told = await within(PATIENCE, 'the refusal', refused.next().then(({ value }) => value.errors, (errors) => errors));
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

test('a Python program is told what is wrong, and when to try again', async (t) => {
  const server = await startServer(t);
  const folder = await unpack(t, ['python.md'], server);
  await copyFile(join(PAGES, 'journey.graphql'), join(folder, 'journey.graphql'));
  await signUp(await newTraveller(`${server.origin}/graphql`, newCaller().fetch), 'ada');
  const script = `
import asyncio
from gql.transport.exceptions import TransportQueryError
from client_token import ClientToken
from person import Person

async def main():
    person = Person(ClientToken())
    for _ in range(8):
        try:
            answer = await person.run("SignInByPassword", identifier="${addressOf('ada')}", password="not the right one")
            print(answer["signInCreate"]["userErrors"][0]["code"])
        except TransportQueryError as failure:
            extensions = failure.errors[0]["extensions"]
            print(extensions["code"], extensions["retryAfterSeconds"] >= 1)

asyncio.run(main())
`;
  const told = (await run(python(), ['-c', script], { folder })).trim().split('\n');
  assert.deepEqual([told[0], told.at(-1)], ['FORM_PASSWORD_INCORRECT', 'TOO_MANY_REQUESTS True']);
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
