// The components of generations 5 and 6, unmodified, those of 6 loaded from this server as apps load them: a person signs up by
// clicking.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { MODULES, explained, openBrowser, serveApp } from '../support/browser.mjs';
import { assertLocal } from '../support/recorded.mjs';
import { startServer } from '../support/server.mjs';

const EMAIL_ADDRESS = 'ada+clerk_test@example.com';
const PASSWORD = 'correct horse battery staple';
const CODE = '424242';

/** Where generation 5 is installed, whose bundle has the components in it. */
const FIFTH = join(MODULES, 'clerk-js-5', 'dist');

/** The page of an app: the scripts, the last of which is told the key and the proxy URL, then the component. */
function appPage({ publishableKey, origin }, scripts) {
  const attributes = `data-clerk-publishable-key="${publishableKey}" data-clerk-proxy-url="${origin}"`;
  return `<!doctype html>
<meta charset="utf-8">
<title>App under test</title>
<div id="app"></div>
${scripts.map((url) => `<script src="${url}" crossorigin="anonymous" ${attributes}></script>`).join('\n')}
<script>(${start})();</script>`;
}

// Runs inside the page each time it is loaded: after signing up, the component leads to the app's first page.
async function start() {
  const { Clerk } = window;
  await Clerk.load({ telemetry: false, ui: { ClerkUI: window.__internal_ClerkUICtor } });
  if (!Clerk.user) Clerk.mountSignUp(document.getElementById('app'), { routing: 'hash' });
}

async function signsUpByClicking(t, appOrigin) {
  const { page, seen, requested } = await openBrowser(t);
  try {
    await page.goto(appOrigin);
    await page.fill('input[name=emailAddress]', EMAIL_ADDRESS);
    await page.fill('input[name=password]', PASSWORD);
    // The component's word on the password moves the button: it would slip away between press and release.
    await page.locator('input[name=password]').blur();
    await page.getByText('meets all the necessary requirements').first().waitFor();
    await page.click('button.cl-formButtonPrimary');
    // The step asks for a code by itself, and takes one digit after the other. Its field is there before the code is on its way:
    // who knows the code beforehand, as this test does, could type faster than it is made. So the page must have heard of it.
    await page.waitForFunction(() => window.Clerk.client.signUp.verifications.emailAddress.status === 'unverified');
    await page.click('input[data-input-otp]');
    // Signed up, one is led to the app's first page, which is loaded anew; only then nothing is under way any more.
    const ledOn = page.waitForEvent('load');
    await page.keyboard.type(CODE);
    await ledOn;
    await page.waitForFunction((own) => window.Clerk?.user?.primaryEmailAddress.emailAddress === own, EMAIL_ADDRESS);
    assertLocal(requested);
    assert.deepEqual(seen, []);
  } catch (error) {
    throw await explained(error, { page, seen, requested });
  }
}

test('a person signs up by clicking in the components of generation 5', async (t) => {
  const page = appPage(await startServer(t), ['/sdk/clerk.browser.js']);
  await signsUpByClicking(t, await serveApp(t, page, { folder: FIFTH }));
});

test('a person signs up by clicking in the components of generation 6', async (t) => {
  const server = await startServer(t, { VESTIBULE_NPM_DIR: MODULES });
  const { NEXT_PUBLIC_CLERK_UI_URL, NEXT_PUBLIC_CLERK_JS_URL } = server.environment;
  await signsUpByClicking(t, await serveApp(t, appPage(server, [NEXT_PUBLIC_CLERK_UI_URL, NEXT_PUBLIC_CLERK_JS_URL])));
});
