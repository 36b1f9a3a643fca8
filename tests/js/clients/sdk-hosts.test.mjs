// What SDKs ask when they are given what the server prints: nobody but this server and the app. Each runs with every request
// recorded, and signs a person up, so that it did ask.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createClerkClient } from '@clerk/backend';
import { createRedirect } from '@clerk/backend/internal';
import { clerkJSScriptUrl, clerkUIScriptUrl } from '@clerk/shared/loadClerkJsScript';
import { decodeJwt } from 'jose';
import { explained, openApp } from '../support/browser.mjs';
import { makeCertificate } from '../support/certificate.mjs';
import { assertLocal, isLoopback, runRecorded } from '../support/recorded.mjs';
import { startServer } from '../support/server.mjs';
import { verifySessionToken } from '../support/session-token.mjs';

const PASSWORD = 'correct horse battery staple';
const CODE = '424242';
const EMAIL_ADDRESS = 'ada+clerk_test@example.com';

// Runs inside the page; `setSession` is what generation 3 calls `setActive`.
async function signUp({ emailAddress, password, code }) {
  const { Clerk } = window;
  const created = await Clerk.client.signUp.create({ emailAddress, password });
  await created.prepareEmailAddressVerification({ strategy: 'email_code' });
  const complete = await Clerk.client.signUp.attemptEmailAddressVerification({ code });
  const session = complete.createdSessionId;
  await (Clerk.setActive ? Clerk.setActive({ session }) : Clerk.setSession(session));
  return {
    sessionId: Clerk.session.id,
    userId: Clerk.user.id,
    jwt: await Clerk.session.getToken({ skipCache: true }),
  };
}

// Runs inside the page: addresses that the SDK would send people to, by whatever it derives them from.
function derivedUrls() {
  const { Clerk } = window;
  const builders = ['buildSignInUrl', 'buildSignUpUrl', 'buildUserProfileUrl', 'buildHomeUrl'];
  return builders.filter((name) => Clerk[name]).map((name) => Clerk[name]());
}

async function signsUpWithoutLeaving(t, server, options) {
  const { page, appOrigin, seen, requested } = await openApp(t, server, options);
  try {
    const session = await page.evaluate(signUp, { emailAddress: EMAIL_ADDRESS, password: PASSWORD, code: CODE });
    const { origin } = server;
    // The key set is asked for by this process, which does not know the certificate.
    if (!options.tls) await verifySessionToken(session.jwt, { origin, ...session, authorizedParty: appOrigin });
    assert.match(session.jwt, /^[\w-]+\.[\w-]+\.[\w-]+$/);
    const derived = await page.evaluate(derivedUrls);
    assertLocal(derived.filter(Boolean).map((url) => new URL(url, appOrigin)));
    assertLocal(requested);
    const { port } = new URL(origin);
    assert.ok([...requested].some((url) => new URL(url).port === port), 'the server was asked');
    assert.deepEqual(seen, []);
    return requested;
  } catch (error) {
    throw await explained(error, { page, seen, requested });
  }
}

for (const generation of [4, 5, 6]) {
  test(`clerk-js ${generation} asks nobody else, by the printed key and proxy URL`, async (t) => {
    await signsUpWithoutLeaving(t, await startServer(t), { generation });
  });
}

for (const generation of [3, 4, 5, 6]) {
  test(`clerk-js ${generation} asks nobody else, by the key or host alone`, async (t) => {
    const { certificate, privateKey, tls } = await makeCertificate(t);
    const server = await startServer(t, { VESTIBULE_TLS_CERT: certificate, VESTIBULE_TLS_KEY: privateKey });
    const requested = await signsUpWithoutLeaving(t, server, { generation, keyAlone: true, tls });
    const { host } = new URL(server.origin);
    const own = generation === 3 ? `clerk.app.${host}` : host;
    assert.ok([...requested].some((url) => new URL(url).host === own), [...requested].join('\n'));
  });
}

const EXPO = ['--conditions=react-native', fileURLToPath(new URL('../support/expo-app.cjs', import.meta.url))];

async function expoSignsUp(t, environment) {
  const { output, hosts } = await runRecorded(t, EXPO, { env: environment });
  assert.ok(hosts.length > 0);
  assert.deepEqual(hosts.filter((host) => !isLoopback(host)), []);
  const session = JSON.parse(output.trim().split('\n').at(-1));
  assert.match(session.userId, /^user_\w{27}$/);
  assert.equal(decodeJwt(session.jwt).sid, session.sessionId);
}

test("Expo's headless SDK asks nobody else, by the printed key and proxy URL", async (t) => {
  const server = await startServer(t);
  const { CLERK_PUBLISHABLE_KEY, CLERK_PROXY_URL } = server.environment;
  await expoSignsUp(t, { CLERK_PUBLISHABLE_KEY, CLERK_PROXY_URL });
});

test("Expo's headless SDK asks nobody else, by the key alone", async (t) => {
  const { certificate, privateKey } = await makeCertificate(t);
  const server = await startServer(t, { VESTIBULE_TLS_CERT: certificate, VESTIBULE_TLS_KEY: privateKey });
  const { CLERK_PUBLISHABLE_KEY } = server.environment;
  await expoSignsUp(t, { CLERK_PUBLISHABLE_KEY, NODE_EXTRA_CA_CERTS: certificate });
});

test('what backends and pages derive from the key alone lies on this server', async (t) => {
  const server = await startServer(t);
  const { publishableKey, secretKey, origin } = server;
  const derived = {};
  const baseUrl = 'http://localhost:3000/private';

  // A browser that was never here is sent to the handshake.
  const clerk = createClerkClient({ publishableKey, secretKey, apiUrl: origin, telemetry: { disabled: true } });
  const state = await clerk.authenticateRequest(new Request(baseUrl, { headers: { 'sec-fetch-dest': 'document' } }));
  derived.handshake = state.headers.get('location');

  const redirectAdapter = (url) => url;
  const redirect = createRedirect({ publishableKey, redirectAdapter, baseUrl, devBrowserToken: 'dvb_1' });
  derived.signIn = redirect.redirectToSignIn({ returnBackUrl: baseUrl });
  derived.signUp = redirect.redirectToSignUp({ returnBackUrl: baseUrl });
  derived.script = clerkJSScriptUrl({ publishableKey });
  derived.components = clerkUIScriptUrl({ publishableKey });

  const { host } = new URL(origin);
  for (const [name, url] of Object.entries(derived)) {
    assert.equal(new URL(url).origin, `https://${host}`, `${name}: ${url}`);
  }
  // Below the key, the server answers what was derived, as far as it has it.
  const below = (url) => url.replace(/^https:/, 'http:');
  const base = derived.handshake.slice(0, derived.handshake.indexOf('/v1/'));
  const health = await fetch(below(`${base}/v1/health`));
  assert.equal(health.status, 200);
  const script = await fetch(below(derived.script));
  assert.match(await script.text(), /VESTIBULE_NPM_DIR/, 'no folder is named here');
});
