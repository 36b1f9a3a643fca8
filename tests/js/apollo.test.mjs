// The journey of an app that uses Apollo Client, unmodified: sign-up, live client, sign-in elsewhere, verified token.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createHash } from 'node:crypto';
import { gql } from '@apollo/client/core';
import { SetContextLink } from '@apollo/client/link/context';
import { PersistedQueryLink } from '@apollo/client/link/persisted-queries';
import { readInbox, newestCode } from './support/administer.mjs';
import { newApollo } from './support/apollo.mjs';
import { APP_ORIGIN, newCaller } from './support/caller.mjs';
import { startServer } from './support/server.mjs';
import { verifySessionToken } from './support/session-token.mjs';
import { PATIENCE, firstMatching, within } from './support/wait.mjs';

const USER_ERRORS = 'userErrors { code message longMessage field }';
const CLIENT = 'client { id sessions { id status } }';

const SIGN_UP_CREATE = gql`mutation ($input: SignUpCreateInput!) {
  signUpCreate(input: $input) { signUp { id status missingFields unverifiedFields } ${CLIENT} ${USER_ERRORS} }
}`;
const SIGN_UP_PREPARE_VERIFICATION = gql`mutation ($input: SignUpPrepareVerificationInput!) {
  signUpPrepareVerification(input: $input) { signUp { id status } ${USER_ERRORS} }
}`;
const SIGN_UP_ATTEMPT_VERIFICATION = gql`mutation ($input: SignUpAttemptVerificationInput!) {
  signUpAttemptVerification(input: $input) {
    signUp { id status createdSessionId createdUserId } ${CLIENT} ${USER_ERRORS}
  }
}`;
const SIGN_IN_CREATE = gql`mutation ($input: SignInCreateInput!) {
  signInCreate(input: $input) { signIn { id status } ${USER_ERRORS} }
}`;
const SIGN_IN_ATTEMPT_FIRST_FACTOR = gql`mutation ($input: SignInAttemptFirstFactorInput!) {
  signInAttemptFirstFactor(input: $input) { signIn { id status createdSessionId } ${CLIENT} ${USER_ERRORS} }
}`;
const SESSION_TOKEN_CREATE = gql`mutation ($input: SessionTokenCreateInput!) {
  sessionTokenCreate(input: $input) { token { jwt expiresAt } ${USER_ERRORS} }
}`;
const CLIENT_UPDATED = gql`subscription { clientUpdated { client { id sessions { id status } } } }`;
const VIEWER = gql`query { viewer { id emailAddresses { emailAddress } } }`;

/** Runs a mutation and returns its payload; user errors fail the test unless it asks for them. */
async function mutate(client, mutation, input, { userErrors = [] } = {}) {
  const { data } = await client.mutate({ mutation, variables: { input } });
  const [payload] = Object.values(data);
  assert.deepEqual(payload.userErrors.map(({ code }) => code), userErrors, JSON.stringify(payload.userErrors));
  return payload;
}

/** A sign-up with an e-mail address and a password, its code sent. */
async function beginSignUp(client, emailAddress, password) {
  const { signUp } = await mutate(client, SIGN_UP_CREATE, { emailAddress, password, firstName: 'Ada' });
  assert.equal(signUp.status, 'MISSING_REQUIREMENTS');
  assert.deepEqual(signUp.missingFields, []);
  assert.deepEqual(signUp.unverifiedFields, ['EMAIL_ADDRESS']);
  await mutate(client, SIGN_UP_PREPARE_VERIFICATION, { signUpId: signUp.id, strategy: 'EMAIL_CODE' });
  return signUp.id;
}

test('a person signs up, is seen by a subscription, and signs in from another client', async (t) => {
  const server = await startServer(t);
  const emailAddress = 'ada@example.com';
  const password = 'correct horse battery staple';

  const first = newApollo(t, server.origin, newCaller());
  const signUpId = await beginSignUp(first.client, emailAddress, password);
  const code = await newestCode(server, emailAddress);

  const subscribed = first.subscribed();
  const signedIn = firstMatching(
    first.client.subscribe({ query: CLIENT_UPDATED }),
    ({ data }) => data.clientUpdated.client.sessions.length === 1,
  );
  await within(PATIENCE, 'the subscription to begin', Promise.race([subscribed, signedIn]));

  const wrongCode = String((Number(code) + 1) % 1_000_000).padStart(6, '0');
  const attempt = (emailCode) => ({ signUpId, proof: { emailCode } });
  await mutate(first.client, SIGN_UP_ATTEMPT_VERIFICATION, attempt(wrongCode), {
    userErrors: ['FORM_CODE_INCORRECT'],
  });
  const { signUp, client } = await mutate(first.client, SIGN_UP_ATTEMPT_VERIFICATION, attempt(code));
  assert.equal(signUp.status, 'COMPLETE');
  assert.deepEqual(client.sessions.map(({ id, status }) => [id, status]), [[signUp.createdSessionId, 'ACTIVE']]);

  const { data: pushed } = await within(PATIENCE, 'clientUpdated after the sign-up', signedIn);
  assert.equal(pushed.clientUpdated.client.id, client.id);
  assert.deepEqual(pushed.clientUpdated.client.sessions, client.sessions);

  const second = newApollo(t, server.origin, newCaller());
  const { signIn } = await mutate(second.client, SIGN_IN_CREATE, { identifier: emailAddress });
  assert.equal(signIn.status, 'NEEDS_FIRST_FACTOR');
  const factor = (password) => ({ signInId: signIn.id, proof: { password } });
  await mutate(second.client, SIGN_IN_ATTEMPT_FIRST_FACTOR, factor('not this one'), {
    userErrors: ['FORM_PASSWORD_INCORRECT'],
  });
  const complete = await mutate(second.client, SIGN_IN_ATTEMPT_FIRST_FACTOR, factor(password));
  assert.equal(complete.signIn.status, 'COMPLETE');
  const sessionId = complete.signIn.createdSessionId;
  assert.notEqual(sessionId, signUp.createdSessionId);
  assert.notEqual(complete.client.id, client.id);

  const { token } = await mutate(second.client, SESSION_TOKEN_CREATE, { sessionId });
  const claims = await verifySessionToken(token.jwt, {
    origin: server.origin,
    sessionId,
    userId: signUp.createdUserId,
    authorizedParty: APP_ORIGIN,
  });
  assert.equal(Math.floor(Date.parse(token.expiresAt) / 1000), claims.exp);

  for (const { client: apollo } of [first, second]) {
    const { data } = await apollo.query({ query: VIEWER });
    assert.equal(data.viewer.id, signUp.createdUserId);
    assert.deepEqual(data.viewer.emailAddresses.map((address) => address.emailAddress), [emailAddress]);
  }
  const { data } = await newApollo(t, server.origin, newCaller()).client.query({ query: VIEWER });
  assert.equal(data.viewer, null);
});

test('the links of the documentation work: an authorization that is still empty, and persisted queries', async (t) => {
  const server = await startServer(t);
  const sha256 = (text) => createHash('sha256').update(text).digest('hex');
  const token = '';
  const withAuthorization = () =>
    new SetContextLink(({ headers }) => ({
      headers: { ...headers, authorization: token ? `Bearer ${token}` : '' },
    }));
  for (const useGETForHashedQueries of [false, true]) {
    const caller = newCaller();
    const sent = [];
    const fetch = (address, options) => {
      sent.push([options.method, (options.body ?? address).includes('viewer')]);
      return caller.fetch(address, options);
    };
    const { client, subscribed } = newApollo(t, server.origin, { ...caller, fetch }, {
      links: [withAuthorization(), new PersistedQueryLink({ sha256, useGETForHashedQueries })],
      connectionParams: { authorization: token },
    });
    for (const fetchPolicy of ['network-only', 'network-only']) {
      const { data } = await client.query({ query: VIEWER, fetchPolicy });
      assert.equal(data.viewer, null);
    }
    // The hash is tried once, then whole queries are sent.
    const first = useGETForHashedQueries ? 'GET' : 'POST';
    assert.deepEqual(sent, [[first, false], ['POST', true], ['POST', true]]);

    const heard = subscribed();
    const subscription = client.subscribe({ query: CLIENT_UPDATED }).subscribe({ error() {} });
    await within(PATIENCE, 'a socket with an authorization that is still empty', heard);
    subscription.unsubscribe();
  }
});

test('a test address accepts the fixed code and is sent nothing', async (t) => {
  const server = await startServer(t);
  const emailAddress = 'ada+clerk_test@example.com';

  const { client } = newApollo(t, server.origin, newCaller());
  const signUpId = await beginSignUp(client, emailAddress, 'correct horse battery staple');
  const { signUp } = await mutate(client, SIGN_UP_ATTEMPT_VERIFICATION, {
    signUpId,
    proof: { emailCode: '424242' },
  });

  assert.equal(signUp.status, 'COMPLETE');
  assert.deepEqual(await readInbox(server, emailAddress), []);
});
