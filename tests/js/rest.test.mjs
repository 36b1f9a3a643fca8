// The journey of an SDK that speaks the REST wire protocol: the first client by the development transport, the second by
// cookies.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newestCode } from './support/administer.mjs';
import { APP_ORIGIN, newCaller } from './support/caller.mjs';
import { newRest } from './support/rest.mjs';
import { startServer } from './support/server.mjs';
import { verifySessionToken } from './support/session-token.mjs';

const PASSWORD = 'correct horse battery staple';

/** Signs a person up by e-mail code; returns the finished sign-up and the client that came with it. */
async function signUp(send, server, emailAddress) {
  const created = await send('POST', '/v1/client/sign_ups', {
    email_address: emailAddress,
    password: PASSWORD,
    first_name: 'Ada',
    unsafe_metadata: JSON.stringify({ plan: 'trial' }),
  });
  const { id, object, status, missing_fields: missing, unverified_fields: unverified } = created.response;
  assert.deepEqual([object, status, missing, unverified], [
    'sign_up_attempt',
    'missing_requirements',
    [],
    ['email_address'],
  ]);
  assert.equal(created.client.sign_up.id, id);

  await send('POST', `/v1/client/sign_ups/${id}/prepare_verification`, { strategy: 'email_code' });
  const code = await newestCode(server, emailAddress);
  const attempted = await send('POST', `/v1/client/sign_ups/${id}/attempt_verification`, {
    code,
    strategy: 'email_code',
  });
  assert.equal(attempted.response.status, 'complete');
  assert.equal(attempted.client.sign_up, null);
  return { signUp: attempted.response, client: attempted.client };
}

test('a person signs up by the development transport and signs in elsewhere by cookies', async (t) => {
  const server = await startServer(t);
  const { origin } = server;
  const emailAddress = 'ada@example.com';

  const caller = newCaller();
  const browser = await newRest(origin, caller)('POST', '/v1/dev_browser');
  assert.ok(browser.id);
  assert.ok(browser.token);

  // No cookie travels on this client: its requests are told apart by the token alone.
  const first = newRest(origin, { fetch: (url, options) => newCaller().fetch(url, options) }, browser.id);
  const environment = await first('PATCH', '/v1/environment');
  assert.equal(environment.display_config.instance_environment_type, 'development');
  assert.deepEqual(await first('GET', '/v1/client').then(({ response }) => response?.sessions ?? []), []);

  const { signUp: complete, client } = await signUp(first, server, emailAddress);
  const sessionId = complete.created_session_id;
  assert.deepEqual(client.sessions.map(({ id, status }) => [id, status]), [[sessionId, 'active']]);
  assert.equal(client.last_active_session_id, sessionId);

  const touched = await first('POST', `/v1/client/sessions/${sessionId}/touch`, { active_organization_id: '' });
  assert.equal(touched.response.id, sessionId);
  const token = await first('POST', `/v1/client/sessions/${sessionId}/tokens`, { organization_id: '' });
  assert.equal(token.object, 'token');
  const expected = { origin, userId: complete.created_user_id, authorizedParty: APP_ORIGIN };
  await verifySessionToken(token.jwt, { ...expected, sessionId });

  const me = await first('GET', '/v1/me', {}, { query: { _clerk_session_id: sessionId } });
  assert.equal(me.response.id, complete.created_user_id);
  assert.equal(me.response.first_name, 'Ada');
  assert.deepEqual(me.response.unsafe_metadata, { plan: 'trial' });
  assert.equal(me.response.email_addresses[0].email_address, emailAddress);

  const second = newRest(origin, newCaller());
  const signIn = await second('POST', '/v1/client/sign_ins', { identifier: emailAddress });
  assert.equal(signIn.response.status, 'needs_first_factor');
  const strategies = signIn.response.supported_first_factors.map(({ strategy }) => strategy);
  assert.ok(strategies.includes('password') && strategies.includes('email_code'), String(strategies));

  const attempt = `/v1/client/sign_ins/${signIn.response.id}/attempt_first_factor`;
  const refused = await second('POST', attempt, { strategy: 'password', password: 'not this one' }, { status: 422 });
  assert.deepEqual(refused.errors.map(({ code, meta }) => [code, meta.param_name]), [
    ['form_password_incorrect', 'password'],
  ]);
  const signedIn = await second('POST', attempt, { strategy: 'password', password: PASSWORD });
  assert.equal(signedIn.response.status, 'complete');
  const secondSession = signedIn.response.created_session_id;
  assert.notEqual(signedIn.client.id, client.id);
  const { jwt } = await second('POST', `/v1/client/sessions/${secondSession}/tokens`);
  await verifySessionToken(jwt, { ...expected, sessionId: secondSession });

  const ended = await second('POST', `/v1/client/sessions/${secondSession}/end`);
  assert.equal(ended.response.status, 'ended');
  await second('POST', `/v1/client/sessions/${secondSession}/tokens`, {}, { status: 401 });
  const untouched = await first('GET', `/v1/client/sessions/${sessionId}`);
  assert.equal(untouched.response.status, 'active');
});

test('the code of an e-mail signs a person in', async (t) => {
  const server = await startServer(t);
  const emailAddress = 'ada+clerk_test@example.com';
  const code = '424242';

  const first = newRest(server.origin, newCaller());
  const created = await first('POST', '/v1/client/sign_ups', { email_address: emailAddress, password: PASSWORD });
  const signUpPath = `/v1/client/sign_ups/${created.response.id}`;
  await first('POST', `${signUpPath}/prepare_verification`, { strategy: 'email_code' });
  const complete = await first('POST', `${signUpPath}/attempt_verification`, { code, strategy: 'email_code' });

  const second = newRest(server.origin, newCaller());
  const signIn = await second('POST', '/v1/client/sign_ins', { identifier: emailAddress });
  const factor = signIn.response.supported_first_factors.find(({ strategy }) => strategy === 'email_code');
  const signInPath = `/v1/client/sign_ins/${signIn.response.id}`;
  const prepared = await second('POST', `${signInPath}/prepare_first_factor`, {
    email_address_id: factor.email_address_id,
    strategy: 'email_code',
  });
  assert.equal(prepared.response.first_factor_verification.status, 'unverified');
  const signedIn = await second('POST', `${signInPath}/attempt_first_factor`, { code, strategy: 'email_code' });

  assert.equal(signedIn.response.status, 'complete');
  const { jwt } = await second('POST', `/v1/client/sessions/${signedIn.response.created_session_id}/tokens`);
  await verifySessionToken(jwt, {
    origin: server.origin,
    sessionId: signedIn.response.created_session_id,
    userId: complete.response.created_user_id,
    authorizedParty: APP_ORIGIN,
  });
});
