// What every page about a library promises, gone through with the files of that page: what is shown is right with no more requests
// than changes, and its own backend is asked with a token that is made once, replaced before it ends, and forgotten.

import assert from 'node:assert/strict';
import { createElement, useEffect } from 'react';
import { create } from 'react-test-renderer';
import { newCaller } from './caller.mjs';
import { startBackend } from './pages-backend.mjs';
import { unpack } from './pages.mjs';
import { startServer } from './server.mjs';
import { webSocketOf } from './socket.mjs';
import { PATIENCE, within } from './wait.mjs';

const ADDRESS = 'ada+clerk_test@example.com';
const PASSWORD = 'correct horse battery staple';
const CODE = '424242';

/** Puts the browser of `caller` in place of what Node has; counts the requests to `url`, and which of them are for a token. */
function openBrowser(t, url, caller) {
  const counted = { requests: 0, tokens: 0 };
  const own = { fetch: globalThis.fetch, WebSocket: globalThis.WebSocket };
  t.after(() => Object.assign(globalThis, own));
  let whenTold = () => {};
  globalThis.WebSocket = class extends webSocketOf(caller) {
    constructor(...options) {
      super(...options);
      this.addEventListener('message', ({ data }) => JSON.parse(data).type === 'next' && whenTold());
    }
  };
  globalThis.fetch = (address, options) => {
    if (String(address).startsWith(url)) {
      const isForToken = decodeURIComponent(`${address} ${options?.body ?? ''}`).includes('sessionTokenCreate');
      counted[isForToken ? 'tokens' : 'requests'] += 1;
    }
    return caller.fetch(address, options);
  };
  return {
    counted,
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
  t.after(() => page.unmount());
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
 * Goes through it with the files of `page`.
 *
 * @param {(folder: string) => Promise<{useAccount: Function, readPosts: Function, surround: Function}>} load imports what the page has
 */
export async function goThrough(t, page, load) {
  const server = await startServer(t);
  const backend = await startBackend(t, server.origin);
  const url = `${server.origin}/graphql`;
  const caller = newCaller();
  const { counted, told } = openBrowser(t, url, caller);
  const { useAccount, readPosts, surround } = await load(await unpack(t, ['session-token.md', page], { origin: server.origin, backend }));
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
  const elsewhere = { query: 'mutation { sessionEnd { userErrors { code } } }' };
  const headers = { 'content-type': 'application/json' };
  await caller.fetch(url, { method: 'POST', headers, body: JSON.stringify(elsewhere) });
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
