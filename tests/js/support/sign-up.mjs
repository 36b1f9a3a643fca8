// Somebody who signs up through GraphQL, as a page does.

import assert from 'node:assert/strict';
import { newCaller } from './caller.mjs';

const PASSWORD = 'correct horse battery staple';
const CODE = '424242';

/**
 * Sends a document.
 *
 * @returns {Promise<{data?: object, errors?: object[]}>} the answer
 */
export async function ask(url, query, { variables, headers, send = fetch } = {}) {
  const options = { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify({ query, variables }) };
  return (await send(url, options)).json();
}

/**
 * Signs somebody up.
 *
 * @returns {Promise<{id: string, sessionId: string, emailAddress: string, jwt: string, send: typeof fetch}>} who they are, a token of
 *   their session, and how their browser speaks
 */
export async function signUp({ origin }, name) {
  const { fetch: send } = newCaller();
  const carryOut = async (query, input) => {
    const { data, errors } = await ask(`${origin}/graphql`, query, { variables: { input }, send });
    assert.equal(errors, undefined, JSON.stringify(errors));
    return Object.values(data)[0];
  };
  const emailAddress = `${name}+clerk_test@example.com`;
  const begun = await carryOut(
    'mutation($input: SignUpCreateInput!) { signUpCreate(input: $input) { signUp { id } } }',
    { emailAddress, password: PASSWORD, strategy: 'EMAIL_CODE' },
  );
  const { signUp: complete } = await carryOut(
    `mutation($input: SignUpAttemptVerificationInput!) {
      signUpAttemptVerification(input: $input) { signUp { createdUserId createdSessionId } }
    }`,
    { signUpId: begun.signUp.id, proof: { emailCode: CODE } },
  );
  const { token } = await carryOut('mutation($input: SessionTokenCreateInput! = {}) { sessionTokenCreate(input: $input) { token { jwt } } }');
  return { id: complete.createdUserId, sessionId: complete.createdSessionId, emailAddress, jwt: token.jwt, send };
}
