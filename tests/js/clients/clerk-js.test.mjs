// The journey of an app with an unmodified clerk-js 5 in a real browser, given nothing but the printed key and proxy URL.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openApp } from '../support/browser.mjs';
import { startServer } from '../support/server.mjs';
import { verifySessionToken } from '../support/session-token.mjs';

const EMAIL_ADDRESS = 'ada+clerk_test@example.com';
const PASSWORD = 'correct horse battery staple';
const CODE = '424242';

// These run inside the page; they see only their argument and `window.Clerk`.

async function signUp({ emailAddress, password, code }) {
  const { Clerk } = window;
  const created = await Clerk.client.signUp.create({ emailAddress, password, firstName: 'Ada' });
  const unverified = created.unverifiedFields;
  const unprepared = created.verifications.emailAddress.status ?? null;
  await created.prepareEmailAddressVerification({ strategy: 'email_code' });
  const complete = await Clerk.client.signUp.attemptEmailAddressVerification({ code });
  await Clerk.setActive({ session: complete.createdSessionId });
  return { unverified, unprepared, status: complete.status, userId: complete.createdUserId };
}

async function signUpWithPhone() {
  const { Clerk } = window;
  const refused = await Clerk.client.signUp.create({ phoneNumber: '+49301234567' }).catch(({ errors }) => errors);
  return refused.map(({ code, meta }) => [code, meta.paramName]);
}

async function signInWithPassword({ identifier, password }) {
  const { Clerk } = window;
  const complete = await Clerk.client.signIn.create({ identifier, strategy: 'password', password });
  await Clerk.setActive({ session: complete.createdSessionId });
  return complete.status;
}

async function signInWithEmailCode({ identifier, code }) {
  const { Clerk } = window;
  const started = await Clerk.client.signIn.create({ identifier });
  const { emailAddressId } = started.supportedFirstFactors.find(({ strategy }) => strategy === 'email_code');
  await started.prepareFirstFactor({ strategy: 'email_code', emailAddressId });
  const complete = await Clerk.client.signIn.attemptFirstFactor({ strategy: 'email_code', code });
  await Clerk.setActive({ session: complete.createdSessionId });
  return complete.status;
}

async function readSession() {
  const { Clerk } = window;
  return {
    sessionId: Clerk.session.id,
    userId: Clerk.user.id,
    emailAddress: Clerk.user.primaryEmailAddress.emailAddress,
    // skipCache: the token is to come from the server now, not from the one that a client response carried.
    jwt: await Clerk.session.getToken({ skipCache: true }),
  };
}

async function signOut() {
  const { Clerk } = window;
  await Clerk.signOut(() => {}); // a callback in place of the redirect
  return { session: Clerk.session, user: Clerk.user, sessions: Clerk.client.sessions.length };
}

test('clerk-js signs a person up, out, and in again by password and by e-mail code', async (t) => {
  const server = await startServer(t);
  const { page, appOrigin, seen } = await openApp(t, server);

  /** Reads the session in the page and has its token verified outside. */
  async function verifySession(userId) {
    const session = await page.evaluate(readSession);
    assert.equal(session.userId, userId);
    assert.equal(session.emailAddress, EMAIL_ADDRESS);
    await verifySessionToken(session.jwt, { ...server, ...session, authorizedParty: appOrigin });
    return session.sessionId;
  }

  try {
    assert.equal(await page.evaluate(() => window.Clerk.user), null);

    const signedUp = await page.evaluate(signUp, { emailAddress: EMAIL_ADDRESS, password: PASSWORD, code: CODE });
    assert.deepEqual(signedUp.unverified, ['email_address']);
    assert.equal(signedUp.unprepared, null, 'components ask for a code only where nothing is there yet');
    assert.equal(signedUp.status, 'complete');
    const sessions = [await verifySession(signedUp.userId)];

    // A new page load must find the same person from what the browser kept.
    await page.reload();
    await page.evaluate(() => window.Clerk.load({ telemetry: false }));
    assert.equal(await verifySession(signedUp.userId), sessions[0]);

    const signedOut = { session: null, user: null, sessions: 0 };
    assert.deepEqual(await page.evaluate(signOut), signedOut);
    const byPassword = { identifier: EMAIL_ADDRESS, password: PASSWORD };
    assert.equal(await page.evaluate(signInWithPassword, byPassword), 'complete');
    sessions.push(await verifySession(signedUp.userId));

    assert.deepEqual(await page.evaluate(signOut), signedOut);
    const byCode = { identifier: EMAIL_ADDRESS, code: CODE };
    assert.equal(await page.evaluate(signInWithEmailCode, byCode), 'complete');
    sessions.push(await verifySession(signedUp.userId));

    assert.equal(new Set(sessions).size, 3, 'each sign-in makes a session of its own');
    assert.deepEqual(seen, []);
  } catch (error) {
    error.message += `\nseen in the page:\n${seen.join('\n') || '(nothing)'}`;
    throw error;
  }
});

test('what an instance does not have is refused by name, and the SDK hears of it', async (t) => {
  const server = await startServer(t);
  const { page } = await openApp(t, server);
  assert.deepEqual(await page.evaluate(signUpWithPhone), [['form_param_unknown', 'phone_number']]);
});
