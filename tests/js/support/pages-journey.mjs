// What every page about a library promises, gone through with the files of that page: what is shown is right with no more requests
// than changes, and its own backend is asked with a token that is made once, replaced before it ends, and forgotten.

import assert from 'node:assert/strict';
import { createElement, useEffect } from 'react';
import { create } from 'react-test-renderer';
import WebSocket from 'ws';
import { Authenticator } from './authenticator.mjs';
import { newCaller } from './caller.mjs';
import { atEnd } from './ending.mjs';
import { startBackend } from './pages-backend.mjs';
import { unpack } from './pages.mjs';
import { newRest } from './rest.mjs';
import { changeSettings, startServer } from './server.mjs';
import { webSocketOf } from './socket.mjs';
import { PATIENCE, within } from './wait.mjs';

const ADDRESS = 'ada+clerk_test@example.com';
const OTHER_ADDRESS = 'bob+clerk_test@example.com';
const PASSWORD = 'correct horse battery staple';
const CODE = '424242';

/** A program without cookies and `Origin`, in the place of a browser's caller. */
const program = { fetch: globalThis.fetch, socket: WebSocket };

/** Puts the browser of `caller` in place of what Node has; counts the requests to `url`, and which of them are for a token. */
function openBrowser(t, url, caller) {
  const counted = { requests: 0, tokens: 0 };
  const network = { isDown: false };
  const own = { fetch: globalThis.fetch, WebSocket: globalThis.WebSocket, setTimeout: globalThis.setTimeout };
  atEnd(t, () => Object.assign(globalThis, own));
  // What a page waits for goes with it: Relay keeps what nobody looks at any more for minutes.
  globalThis.setTimeout = (...wanted) => own.setTimeout(...wanted).unref();
  let whenTold = () => {};
  globalThis.WebSocket = class extends (caller.socket ?? webSocketOf(caller)) {
    constructor(...options) {
      super(...options);
      this.addEventListener('message', ({ data }) => JSON.parse(data).type === 'next' && whenTold());
    }
  };
  globalThis.fetch = (address, options) => {
    if (String(address).startsWith(url)) {
      if (network.isDown) return Promise.reject(new TypeError('the server is down'));
      const isForToken = decodeURIComponent(`${address} ${options?.body ?? ''}`).includes('sessionTokenCreate');
      counted[isForToken ? 'tokens' : 'requests'] += 1;
    }
    return caller.fetch(address, options);
  };
  return {
    counted,
    network,
    told: () => within(PATIENCE, 'something by the subscription', new Promise((resolve) => (whenTold = resolve))),
  };
}

/** Renders what `useAccount` gives; `until` waits until that is as wanted. */
function openPage(t, useAccount, surround) {
  let account;
  let whenRendered = () => {};
  function Page() {
    const current = useAccount();
    useEffect(() => {
      account = current;
      whenRendered();
    });
    return null;
  }
  const page = create(surround(createElement(Page)));
  atEnd(t, () => page.unmount());
  return {
    account: () => account,
    async until(what, isWanted) {
      const shown = new Promise((resolve) => {
        whenRendered = () => account?.shown && isWanted(account.shown) && resolve();
        whenRendered();
      });
      await within(PATIENCE, what, shown).catch((error) => {
        error.message += `\nshown: ${JSON.stringify(account?.shown)}`;
        throw error;
      });
    },
  };
}

/**
 * A server, a backend and what a page's files find.
 *
 * @param {string[]} pages whose files are there beside those of session-token.md
 */
async function prepare(t, pages, caller, settings) {
  const server = await startServer(t);
  if (settings) await changeSettings(server, settings);
  const backend = await startBackend(t, server.origin);
  const url = `${server.origin}/graphql`;
  const browser = openBrowser(t, url, caller);
  const folder = await unpack(t, ['session-token.md', ...pages], { origin: server.origin, backend });
  return { server, url, browser, folder };
}

/** The fields of the answer to an operation that somebody sends without any of the page's files. */
async function ask(caller, url, query, credentials = {}) {
  const headers = { 'content-type': 'application/json', ...credentials };
  const { data, errors } = await (await caller.fetch(url, { method: 'POST', headers, body: JSON.stringify({ query }) })).json();
  assert.equal(errors, undefined, JSON.stringify(errors));
  return data;
}

/** Signs somebody up in the client of `caller`; the user's identifier. */
async function signUp(caller, url, address = ADDRESS) {
  const input = `{ emailAddress: "${address}", password: "${PASSWORD}", strategy: EMAIL_CODE }`;
  const { signUpCreate } = await ask(caller, url, `mutation { signUpCreate(input: ${input}) { signUp { id } } }`);
  const proof = `{ signUpId: "${signUpCreate.signUp.id}", proof: { emailCode: "${CODE}" } }`;
  const { signUpAttemptVerification } = await ask(caller, url, `mutation { signUpAttemptVerification(input: ${proof}) { signUp { createdUserId } } }`);
  return signUpAttemptVerification.signUp.createdUserId;
}

/** The people who the backend takes the page for. */
const authorsOf = async (readPosts) => (await readPosts()).map(({ authorId }) => authorId);

/** What a change failed with: it rejects, or its result has the error, as the library does it. */
const failureOf = (change) => change.then(({ error }) => error, (error) => error);

/** While the server is down whoever needs a token is told so, and nobody waits for ever; then all is as ever. */
export async function recovers(t, pages, load) {
  const caller = newCaller();
  const { url, browser, folder } = await prepare(t, pages, caller);
  const userId = await signUp(caller, url);
  browser.network.isDown = true;
  const { useAccount, readPosts, surround } = await load(folder);
  for (const _ of ['first', 'second']) await assert.rejects(within(PATIENCE, 'a failure', readPosts()), /the server is down/);
  browser.network.isDown = false;
  assert.deepEqual(await within(PATIENCE, 'posts', authorsOf(readPosts)), [userId]);

  const begun = browser.told();
  const app = openPage(t, useAccount, surround);
  await app.until('the person', ({ viewer }) => viewer?.id === userId);
  // A push that was on its way might come after the answer to what came later.
  await begun;
  await app.account().signOut();
  await app.until('nobody', ({ viewer }) => viewer === null);
  assert.deepEqual(await authorsOf(readPosts), [null], 'what the page does is followed');
}

/** What is between the right password and being signed in, and what comes of too many wrong ones. */
export async function meetsObstacles(t, pages, load) {
  const settings = { attribute: { authenticatorApp: { enabled: true }, backupCode: { enabled: true } } };
  const { server, url, browser, folder } = await prepare(t, pages, newCaller(), settings);
  const elsewhere = newCaller();
  const userId = await signUp(elsewhere, url);
  const rest = newRest(server.origin, elsewhere);
  const { secret } = (await rest('POST', '/v1/me/totp')).response;
  const proof = { code: new Authenticator(secret).code() };
  const { backup_codes: [backupCode] } = (await rest('POST', '/v1/me/totp/attempt_verification', proof)).response;

  const { useAccount, surround, wentWrong } = await load(folder);
  const app = openPage(t, useAccount, surround);
  await app.until('nobody', ({ viewer }) => viewer === null);
  await app.account().signIn({ identifier: ADDRESS, password: PASSWORD });
  await app.until('the wish for a second proof', ({ client, viewer }) => client?.signIn?.status === 'NEEDS_SECOND_FACTOR' && !viewer);
  const { signIn } = app.account().shown.client;
  assert.deepEqual(signIn.supportedSecondFactors.map(({ strategy }) => strategy).sort(), ['BACKUP_CODE', 'TOTP']);
  await app.account().secondFactor({ signInId: signIn.id, proof: { backupCode } });
  await app.until('the person', ({ viewer }) => viewer?.id === userId);
  await app.account().signOut();
  await app.until('nobody again', ({ viewer }) => viewer === null);

  // Somebody else, on whose account this browser has not been yet: who signed in on it before gets in all the same.
  await signUp(newCaller(), url, OTHER_ADDRESS);
  let failure;
  for (let attempt = 0; attempt < 8 && !failure; attempt += 1) {
    failure = await failureOf(app.account().signIn({ identifier: OTHER_ADDRESS, password: 'not the right one' }));
  }
  const { code, message, retryAfterSeconds } = wentWrong(failure);
  assert.equal(code, 'TOO_MANY_REQUESTS');
  assert.match(message, /too many/i);
  assert.ok(retryAfterSeconds >= 1, `${retryAfterSeconds}`);
  browser.network.isDown = true;
  assert.equal(wentWrong(await failureOf(app.account().signOut())).code, 'UNREACHABLE');
}

/**
 * Goes through it with the files of some pages.
 *
 * @param {(folder: string) => Promise<{useAccount: Function, readPosts: Function, surround: Function, credentials?: Function}>} load
 *   imports what the pages have; `credentials` are the headers by which another program is the same client
 * @param {boolean} isNative whether the page runs where there are no cookies
 */
export async function goThrough(t, pages, load, isNative = false) {
  const caller = isNative ? program : newCaller();
  const { url, browser, folder } = await prepare(t, pages, caller);
  const { counted, told } = browser;
  const { useAccount, readPosts, surround, credentials = async () => ({}) } = await load(folder);
  const app = openPage(t, useAccount, surround);
  const shows = async (address, requests) => {
    await app.until(`${address}`, ({ viewer }) => (viewer?.primaryEmailAddress.emailAddress ?? null) === address);
    assert.equal(counted.requests, requests, `requests until ${address} is shown`);
  };
  const readsAs = async (userId, tokens) => {
    const authors = (await Promise.all([readPosts(), readPosts()])).flat().map(({ authorId }) => authorId);
    assert.deepEqual(new Set(authors), new Set([userId]), 'the author, as the backend knows them');
    assert.equal(counted.tokens, tokens, 'requests for tokens until then');
  };
  await shows(null, 1);
  await readsAs(null, 0);

  const begun = told();
  await app.account().signUp({ emailAddress: ADDRESS, password: PASSWORD });
  await app.until('a sign-up', ({ client }) => client?.signUp?.status === 'MISSING_REQUIREMENTS');
  await begun;
  await app.account().verify({ signUpId: app.account().shown.client.signUp.id, code: CODE });
  await shows(ADDRESS, 3);
  const { viewer } = app.account().shown;
  await readsAs(viewer.id, 1);
  await readsAs(viewer.id, 1);

  // A token lives for a minute, and is replaced ten seconds before its end.
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() });
  t.mock.timers.tick(49_000);
  await readsAs(viewer.id, 1);
  t.mock.timers.tick(2_000);
  await readsAs(viewer.id, 2);
  t.mock.timers.reset();

  // Signed out by another tab, which the page hears of.
  await ask(caller, url, 'mutation { sessionEnd { userErrors { code } } }', await credentials());
  await shows(null, 3);
  await readsAs(null, 2);

  await app.account().signIn({ identifier: ADDRESS, password: PASSWORD });
  await shows(ADDRESS, 4);
  await readsAs(viewer.id, 3);
  await app.account().signOut();
  await shows(null, 5);
  await readsAs(null, 3);
  await app.account().deleteClient();
  await app.until('no client', ({ client }) => client === null);
  await readsAs(null, 3);
  assert.equal(counted.requests, 6, 'requests in all');
}
