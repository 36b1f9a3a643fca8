// Backends that are given what the server prints accept its session tokens without asking it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { newCaller } from './support/caller.mjs';
import { newRest } from './support/rest.mjs';
import { runRecorded } from './support/recorded.mjs';
import { startServer } from './support/server.mjs';

const BACKENDS = fileURLToPath(new URL('support/backends.mjs', import.meta.url));

/** Signs a person up; returns their id and a session token. */
async function signUp(server) {
  const send = newRest(server.origin, newCaller());
  const created = await send('POST', '/v1/client/sign_ups', {
    email_address: 'ada+clerk_test@example.com',
    password: 'correct horse battery staple',
  });
  const path = `/v1/client/sign_ups/${created.response.id}`;
  await send('POST', `${path}/prepare_verification`, { strategy: 'email_code' });
  const { response } = await send('POST', `${path}/attempt_verification`, { strategy: 'email_code', code: '424242' });
  const { jwt } = await send('POST', `/v1/client/sessions/${response.created_session_id}/tokens`);
  return { userId: response.created_user_id, jwt };
}

test('backends accept a session token by the printed CLERK_JWT_KEY and ask nobody', async (t) => {
  const [server, stranger] = await Promise.all([startServer(t), startServer(t)]);
  const [own, foreign] = await Promise.all([signUp(server), signUp(stranger)]);
  // What is listened on is the backends' own; the server is not there any more for who would ask it.
  const nowhere = 'http://127.0.0.1:1';
  const { output, hosts } = await runRecorded(t, [BACKENDS], {
    env: {
      ...server.environment,
      CLERK_API_URL: nowhere,
      CLERK_PROXY_URL: nowhere,
      GOOD: own.jwt,
      BAD: foreign.jwt,
    },
  });
  const said = JSON.parse(output.trim().split('\n').at(-1));
  const expected = { good: own.userId, bad: null, none: null };
  assert.deepEqual(said, { express: expected, fastify: expected, backend: expected, verifyToken: expected });
  assert.deepEqual(hosts.filter((host) => host !== '127.0.0.1'), []);
});
