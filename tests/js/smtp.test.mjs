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
  const codes = mail.text.match(/\b\d{6}\b/g);
  assert.equal(new Set(codes).size, 1, `one code in the mail:\n${mail.text}`);

  const complete = await send('POST', `${path}/attempt_verification`, { code: codes[0], strategy: 'email_code' });
  assert.equal(complete.response.status, 'complete');
  assert.deepEqual(await readInbox(server, emailAddress), []);
});
