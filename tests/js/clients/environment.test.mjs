// Where an unmodified clerk-js leads people, and what it takes to exist.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openApp } from '../support/browser.mjs';
import { startServer } from '../support/server.mjs';

// Runs inside the page; it sees only `window.Clerk`.
function readUrls() {
  const { Clerk } = window;
  return {
    signIn: Clerk.buildSignInUrl(),
    signUp: Clerk.buildSignUpUrl(),
    userProfile: Clerk.buildUserProfileUrl(),
    organizationProfile: Clerk.buildOrganizationProfileUrl(),
    createOrganization: Clerk.buildCreateOrganizationUrl(),
    afterSignIn: Clerk.buildAfterSignInUrl(),
    afterSignUp: Clerk.buildAfterSignUpUrl(),
    afterSignOut: Clerk.buildAfterSignOutUrl(),
  };
}

test('clerk-js leads people to the application, and hears of no organizations', async (t) => {
  const server = await startServer(t);
  const { page, appOrigin, seen } = await openApp(t, server);
  for (const [name, url] of Object.entries(await page.evaluate(readUrls))) {
    assert.equal(new URL(url, appOrigin).origin, appOrigin, `${name}: ${url}`);
  }
  const { pathname } = new URL(await page.evaluate(() => window.Clerk.buildSignInUrl()), appOrigin);
  assert.equal(pathname, '/sign-in');

  const environment = await (await fetch(`${server.origin}/v1/environment`)).json();
  assert.equal(environment.display_config.home_url, appOrigin, 'the SDK has told where the application is');
  assert.equal(environment.organization_settings.enabled, false);
  assert.deepEqual(seen, []);
});
