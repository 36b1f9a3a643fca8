// README's journey in an app of Apollo Client and React, in what the app takes for a browser.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { ApolloProvider } from '@apollo/client/react';
import { decodeJwt } from 'jose';
import { format } from 'prettier';
import { Profiler, createElement } from 'react';
import { create } from 'react-test-renderer';
import { APP_ORIGIN, newCaller } from './support/caller.mjs';
import { atEnd } from './support/ending.mjs';
import { startServer } from './support/server.mjs';
import { verifySessionToken } from './support/session-token.mjs';
import { webSocketOf } from './support/socket.mjs';
import { PATIENCE, within } from './support/wait.mjs';

const APP = new URL('./support/apollo-app.mjs', import.meta.url);
const ADDRESS = 'ada+clerk_test@example.com';
const CODE = '424242';
const PASSWORD = 'correct horse battery staple';
// What an app may need to write for itself.
const LINES = 15;

/** A page of `caller` with the app, which finds what a browser has; `requests` says how many it has sent. */
async function openApp(t, url, caller) {
  let requests = 0;
  let whenTold;
  const told = new Promise((resolve) => (whenTold = resolve));
  globalThis.WebSocket = class extends webSocketOf(caller) {
    constructor(...options) {
      super(...options);
      this.addEventListener('message', ({ data }) => JSON.parse(data).type === 'next' && whenTold());
    }
  };
  globalThis.fetch = (address, options) => {
    // Whoever verifies tokens fetches keys.
    if (address === url) requests += 1;
    return caller.fetch(address, options);
  };
  process.env.NEXT_PUBLIC_GRAPHQL_URL = url;
  const { Account, client } = await import(APP);

  let whenRendered;
  const rendered = new Promise((resolve) => (whenRendered = resolve));
  const onRender = () => queueMicrotask(() => whenRendered());
  const account = createElement(Profiler, { id: 'account', onRender }, createElement(Account));
  const page = create(createElement(ApolloProvider, { client }, account));
  atEnd(t, () => {
    whenRendered = () => {};
    page.unmount();
    client.stop();
  });
  await within(PATIENCE, 'the first rendering', rendered);
  const part = (id) => page.root.findByProps({ id });
  const text = (id) => part(id).children[0];
  return {
    requests: () => requests,
    /** Settles once it was told something by its subscription. */
    isFollowing: () => within(PATIENCE, 'what the subscription begins with', told),
    submit(id, fields) {
      const form = new FormData();
      for (const [name, value] of Object.entries(fields)) form.set(name, value);
      return part(id).props.action(form);
    },
    click: (id) => part(id).props.onClick(),
    /** The text of a part, once it is as wanted. */
    async read(id, isWanted) {
      const isThere = new Promise((resolve) => {
        whenRendered = () => isWanted(text(id)) && resolve();
      });
      onRender();
      await within(PATIENCE, `the right text in "${id}"`, isThere);
      return text(id);
    },
  };
}

test("an app of Apollo Client goes through README's journey", async (t) => {
  const server = await startServer(t);
  const url = `${server.origin}/graphql`;
  const caller = newCaller();
  const app = await openApp(t, url, caller);
  const showsViewer = async (address, requests) => {
    await app.read('viewer', (text) => text === address);
    assert.equal(app.requests(), requests, `requests until ${address} is shown`);
  };
  await showsViewer('nobody', 1);
  await app.submit('sign-up', { emailAddress: ADDRESS, password: PASSWORD });
  await app.read('pending', (text) => text === 'MISSING_REQUIREMENTS');
  await app.isFollowing();
  await app.submit('verify', { code: CODE });
  await showsViewer(ADDRESS, 3);

  await app.click('new-token');
  const jwt = await app.read('token', (text) => text !== undefined);
  const { sid, sub } = decodeJwt(jwt);
  await verifySessionToken(jwt, { origin: server.origin, sessionId: sid, userId: sub, authorizedParty: APP_ORIGIN });

  await app.click('sign-out');
  await showsViewer('nobody', 5);
  await app.submit('sign-in', { identifier: ADDRESS, password: PASSWORD });
  await showsViewer(ADDRESS, 6);

  const elsewhere = { query: 'mutation { sessionEnd { userErrors { code } } }' };
  const headers = { 'content-type': 'application/json' };
  await caller.fetch(url, { method: 'POST', headers, body: JSON.stringify(elsewhere) });
  await showsViewer('nobody', 6);
});

test(`an app of Apollo Client writes at most ${LINES} lines of its own`, async () => {
  const formatted = await format(await readFile(APP, 'utf8'), { parser: 'babel', printWidth: 100, singleQuote: true });
  const own = formatted
    .replaceAll(/^import [^;]*;\n/gm, '')
    .replace(/^ {2}return createElement\([^]*?^ {2}\);\n/m, '')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('//'));
  assert.ok(own.some((line) => line.includes('new ApolloClient(')) && own.some((line) => line.includes('useQuery(')));
  assert.ok(own.length <= LINES, `${own.length} lines:\n${own.join('\n')}`);
});
