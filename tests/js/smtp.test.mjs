// Mail by real SMTP: with a server configured, the code arrives there and nowhere else, and completes the sign-up.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readInbox } from './support/administer.mjs';
import { newCaller } from './support/caller.mjs';
import { newRest } from './support/rest.mjs';
import { startServer } from './support/server.mjs';
import { startSmtp } from './support/smtp.mjs';

test('the code of a mail that was sent by SMTP completes the sign-up', async (t) => {
  const smtp = await startSmtp(t);
  const server = await startServer(t, { VESTIBULE_SMTP_URL: smtp.url });
  const emailAddress = 'ada@example.com';

  const send = newRest(server.origin, newCaller());
  const created = await send('POST', '/v1/client/sign_ups', {
    email_address: emailAddress,
    password: 'correct horse battery staple',
  });
  const path = `/v1/client/sign_ups/${created.response.id}`;
  await send('POST', `${path}/prepare_verification`, { strategy: 'email_code' });

  const mail = await smtp.nextMail();
  assert.deepEqual(mail.to, [emailAddress]);
  assert.ok(mail.subject);
  assert.equal(mail.headers['auto-submitted'], 'auto-generated');
  assert.match(mail.headers['message-id'], /^<\w+\.\d+@localhost>$/);
  assert.ok(Math.abs(Date.now() - Date.parse(mail.headers.date)) < 300_000, mail.headers.date);
  assert.equal(mail.ehlo, 'localhost', 'the host of the instance');
  const codes = mail.text.match(/\b\d{6}\b/g);
  assert.equal(new Set(codes).size, 1, `one code in the mail:\n${mail.text}`);

  const complete = await send('POST', `${path}/attempt_verification`, { code: codes[0], strategy: 'email_code' });
  assert.equal(complete.response.status, 'complete');
  assert.deepEqual(await readInbox(server, emailAddress), []);
});

test('a relay that takes ASCII alone gets a domain in other letters as name servers have it', async (t) => {
  const smtp = await startSmtp(t, { smtpUtf8: false });
  const server = await startServer(t, {
    VESTIBULE_SMTP_URL: smtp.url,
    VESTIBULE_MAIL_FROM: 'B\u00fccher <no-reply@b\u00fccher.example>',
    VESTIBULE_MAIL_EHLO_NAME: 'mail.b\u00fccher.example',
  });
  const send = newRest(server.origin, newCaller());
  const created = await send('POST', '/v1/client/sign_ups', {
    email_address: 'Ada@B\u00fccher.example',
    password: 'correct horse battery staple',
  });
  const path = `/v1/client/sign_ups/${created.response.id}`;
  await send('POST', `${path}/prepare_verification`, { strategy: 'email_code' });

  const mail = await smtp.nextMail();
  assert.deepEqual(mail.to, ['Ada@xn--bcher-kva.example']);
  assert.equal(mail.from, 'no-reply@xn--bcher-kva.example');
  assert.equal(mail.headers.to, 'Ada@xn--bcher-kva.example');
  assert.equal(mail.headers.from, 'B\u00fccher <no-reply@xn--bcher-kva.example>');
  assert.match(mail.headers['message-id'], /@xn--bcher-kva\.example>$/);
  assert.equal(mail.ehlo, 'mail.xn--bcher-kva.example');
  assert.ok(mail.isAscii, 'nothing needs an extension');
  const [code] = mail.text.match(/\b\d{6}\b/);
  const complete = await send('POST', `${path}/attempt_verification`, { code, strategy: 'email_code' });
  assert.equal(complete.response.status, 'complete');

  // Its other spelling is the same account.
  const signIn = await newRest(server.origin, newCaller())('POST', '/v1/client/sign_ins', {
    identifier: 'ada@xn--bcher-kva.example',
    strategy: 'password',
    password: 'correct horse battery staple',
  });
  assert.equal(signIn.response.status, 'complete');
});
