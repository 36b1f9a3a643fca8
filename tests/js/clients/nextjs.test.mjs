// An app made with @clerk/nextjs, built and served by Next itself, that knows nothing but the printed block: whom its server
// and its pages ask, and where it sends people.

import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { MODULES, explained, openBrowser, patient } from '../support/browser.mjs';
import { atEnd } from '../support/ending.mjs';
import { assertLocal, isLoopback, runRecorded, startRecorded } from '../support/recorded.mjs';
import { startServer } from '../support/server.mjs';
import { PATIENCE, within } from '../support/wait.mjs';

const APP = fileURLToPath(new URL('../next-app', import.meta.url));
const NEXT = join(MODULES, 'next/dist/bin/next');

// React's word on a page that the SDK was ready for sooner than React: it is drawn once more, and nothing is lost. On a slow
// machine that happens to the SDK's own sign-in page.
const IS_LATE = /^exception: Error: Minified React error #418;/;

/** Builds and serves the app with this environment; returns its origin and its process. */
async function serveNextApp(t, environment) {
  atEnd(t, () => rm(join(APP, '.next'), { recursive: true, force: true }));
  const options = { cwd: APP, env: { ...environment, NEXT_TELEMETRY_DISABLED: '1' } };
  const built = await runRecorded(t, [NEXT, 'build'], options, 900);
  const served = await startRecorded(t, [NEXT, 'start', '--port', '0', '--hostname', 'localhost'], options);
  const [, port] = await within(PATIENCE, 'the app to listen', served.said(/http:\/\/localhost:(\d+)/));
  await within(PATIENCE, 'the app to be ready', served.said(/Ready in/));
  const hosts = async () => [...built.hosts, ...(await served.hosts())];
  return { origin: `http://localhost:${port}`, hosts, output: served.output };
}

/** Where a page leads a browser that sends these cookies, without following. */
async function ledTo(url, cookie = '') {
  const response = await fetch(url, { redirect: 'manual', headers: { accept: 'text/html', cookie } });
  assert.equal(response.status, 307, `${url}: ${response.status} ${await response.text()}`);
  return new URL(response.headers.get('location'), url);
}

// Runs inside the page.
async function signUp() {
  const { Clerk } = window;
  const created = await Clerk.client.signUp.create({
    emailAddress: 'ada+clerk_test@example.com',
    password: 'correct horse battery staple',
  });
  await created.prepareEmailAddressVerification({ strategy: 'email_code' });
  const complete = await Clerk.client.signUp.attemptEmailAddressVerification({ code: '424242' });
  await Clerk.setActive({ session: complete.createdSessionId });
  return Clerk.user.id;
}

test('an app made with @clerk/nextjs asks nobody else and sends people nowhere else', { timeout: 1_800_000 }, async (t) => {
  const server = await startServer(t, { VESTIBULE_NPM_DIR: MODULES });
  const app = await serveNextApp(t, server.environment);
  const { page, seen, requested } = await openBrowser(t);
  try {
    // A browser that was never here is to meet the server first, one that is signed out is to sign in at the app.
    const met = await ledTo(`${app.origin}/private`);
    assert.equal(met.origin + met.pathname, `${server.origin}/v1/client/handshake`);
    const browser = await fetch(`${server.origin}/v1/dev_browser`, { method: 'POST' }).then((answer) => answer.json());
    const signIn = await ledTo(`${app.origin}/private`, `__clerk_db_jwt=${browser.id}; __client_uat=0`);
    assert.equal(signIn.origin + signIn.pathname, `${app.origin}/sign-in`);
    assertLocal([signIn.searchParams.get('redirect_url')]);

    await page.context().addCookies([{ name: '__clerk_db_jwt', value: browser.id, url: app.origin }]);
    await page.goto(`${app.origin}/sign-in`);
    await page.waitForFunction(() => window.Clerk?.loaded);
    const scripts = [...requested].filter((url) => url.includes('/npm/@clerk/'));
    for (const script of ['/npm/@clerk/clerk-js@6/dist/clerk.browser.js', '/npm/@clerk/ui@1/dist/ui.browser.js']) {
      assert.ok(scripts.includes(server.origin + script), scripts.join('\n'));
    }
    const userId = await page.evaluate(signUp);
    // In another page: signed in, this one is asking for itself anew, and cut short that would be an error in it.
    const other = patient(await page.context().newPage());
    await other.goto(`${app.origin}/private`);
    assert.equal(await other.textContent('h1'), `For ${userId} alone`);

    assertLocal(requested);
    assert.deepEqual((await app.hosts()).filter((host) => !isLoopback(host)), []);
    assert.deepEqual(seen.filter((told) => !IS_LATE.test(told)), []);
  } catch (error) {
    throw await explained(error, { page, seen, requested }, app.output());
  }
});
