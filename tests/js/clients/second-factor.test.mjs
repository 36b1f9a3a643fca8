// An unmodified clerk-js 5 in a real browser: a person sets up an authenticator app, signs in with it, and signs in with one
// of the codes that stand in for it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Authenticator } from '../support/authenticator.mjs';
import { openApp } from '../support/browser.mjs';
import { changeSettings, startServer } from '../support/server.mjs';

const PERSON = { emailAddress: 'ada+clerk_test@example.com', password: 'correct horse battery staple', code: '424242' };

// These run inside the page; they see only their argument and `window.Clerk`.

async function signUp({ emailAddress, password, code }) {
  const { Clerk } = window;
  const created = await Clerk.client.signUp.create({ emailAddress, password });
  await created.prepareEmailAddressVerification({ strategy: 'email_code' });
  const complete = await Clerk.client.signUp.attemptEmailAddressVerification({ code });
  await Clerk.setActive({ session: complete.createdSessionId });
  return Clerk.user.twoFactorEnabled;
}

async function createTotp() {
  const { secret, uri, verified } = await window.Clerk.user.createTOTP();
  return { secret, uri, verified };
}

async function verifyTotp(code) {
  const { Clerk } = window;
  const { verified, backupCodes } = await Clerk.user.verifyTOTP({ code });
  await Clerk.user.reload();
  const { totpEnabled, backupCodeEnabled, twoFactorEnabled } = Clerk.user;
  return { verified, backupCodes, totpEnabled, backupCodeEnabled, twoFactorEnabled };
}

async function signOut() {
  await window.Clerk.signOut(() => {}); // a callback in place of the redirect
}

async function signIn({ emailAddress, password, strategy, code }) {
  const { Clerk } = window;
  const half = await Clerk.client.signIn.create({ identifier: emailAddress, strategy: 'password', password });
  const offered = half.supportedSecondFactors.map((factor) => factor.strategy);
  const before = { status: half.status, user: Clerk.user ?? null, offered };
  const wrong = await half.attemptSecondFactor({ strategy, code: code.replaceAll(/./g, '0') }).catch(({ errors }) => errors);
  const complete = await half.attemptSecondFactor({ strategy, code });
  await Clerk.setActive({ session: complete.createdSessionId });
  return { before, wrong: wrong.map((error) => error.code), status: complete.status, age: Clerk.session.factorVerificationAge };
}

async function newBackupCodes() {
  return (await window.Clerk.user.createBackupCode()).codes;
}

async function removeTotp() {
  const { Clerk } = window;
  const { deleted } = await Clerk.user.disableTOTP();
  await Clerk.user.reload();
  return { deleted, twoFactorEnabled: Clerk.user.twoFactorEnabled };
}

test('a person sets up an app, signs in with it and with a code that stands in for it, and removes it', async (t) => {
  const server = await startServer(t);
  await changeSettings(server, { attribute: { authenticatorApp: { enabled: true }, backupCode: { enabled: true } } });
  const { page } = await openApp(t, server);
  assert.equal(await page.evaluate(signUp, PERSON), false);

  const made = await page.evaluate(createTotp);
  assert.equal(made.verified, false);
  assert.match(made.uri, /^otpauth:\/\/totp\//);
  const authenticator = new Authenticator(made.secret);
  const shown = await page.evaluate(verifyTotp, authenticator.code());
  const { backupCodes, ...enabled } = shown;
  assert.deepEqual(enabled, { verified: true, totpEnabled: true, backupCodeEnabled: true, twoFactorEnabled: true });
  assert.equal(backupCodes.length, 10);

  await page.evaluate(signOut);
  // The present code was used up by showing it; the next one is taken already.
  const byApp = await page.evaluate(signIn, { ...PERSON, strategy: 'totp', code: authenticator.code(1) });
  assert.deepEqual(byApp.before, { status: 'needs_second_factor', user: null, offered: ['totp', 'backup_code'] });
  assert.deepEqual(byApp.wrong, ['form_code_incorrect']);
  assert.equal(byApp.status, 'complete');
  assert.deepEqual(byApp.age, [0, 0]);

  await page.evaluate(signOut);
  const byCode = await page.evaluate(signIn, { ...PERSON, strategy: 'backup_code', code: backupCodes[0] });
  assert.equal(byCode.status, 'complete');
  assert.equal((await page.evaluate(newBackupCodes)).length, 10);
  assert.deepEqual(await page.evaluate(removeTotp), { deleted: true, twoFactorEnabled: false });
});
