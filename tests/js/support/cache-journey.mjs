// What a page shows of who is signed in, from sign-up to the deleted client, whichever library keeps it. The library's cache
// alone is to keep it right: nothing is asked for again, and no line tells the cache what a change was about.

import assert from 'node:assert/strict';
import { newCaller } from './caller.mjs';
import { changeSettings, startServer } from './server.mjs';
import { newSockets } from './socket.mjs';
import { PATIENCE, within } from './wait.mjs';

/** What the page shows. Each change asks for it too, and that is all that an app does for its cache. */
export const SHOWN = `fragment CacheJourney_shown on Query {
  client {
    id
    lastActiveSession { id }
    sessions { id status expiresAt user { id firstName } }
    signUp { id status unverifiedFields verifications { emailAddress { nextAction verification { status } } } }
  }
  viewer {
    id
    firstName
    primaryEmailAddress { id emailAddress verified }
  }
}`;

const CHANGED = 'query { ...CacheJourney_shown } userErrors { code field longMessage }';

/**
 * The operations, by their names; a document is one of them with `SHOWN`. Their names are such as relay-compiler asks for in a
 * module `CacheJourney`.
 */
export const OPERATIONS = {
  CacheJourneyQuery: 'query CacheJourneyQuery { ...CacheJourney_shown }',
  CacheJourneySignUpMutation: `mutation CacheJourneySignUpMutation($input: SignUpCreateInput!) {
    signUpCreate(input: $input) { signUp { id } ${CHANGED} }
  }`,
  CacheJourneyVerifyMutation: `mutation CacheJourneyVerifyMutation($input: SignUpAttemptVerificationInput!) {
    signUpAttemptVerification(input: $input) { signUp { id status } ${CHANGED} }
  }`,
  CacheJourneySignInMutation: `mutation CacheJourneySignInMutation($input: SignInCreateInput!) {
    signInCreate(input: $input) { signIn { id status } ${CHANGED} }
  }`,
  CacheJourneySwitchMutation: `mutation CacheJourneySwitchMutation($input: SessionTouchInput!) {
    sessionTouch(input: $input) { session { id } ${CHANGED} }
  }`,
  CacheJourneySignOutMutation: `mutation CacheJourneySignOutMutation {
    sessionEnd { session { id } ${CHANGED} }
  }`,
  CacheJourneyDeleteMutation: `mutation CacheJourneyDeleteMutation {
    clientDelete { deletedClientId ${CHANGED} }
  }`,
  CacheJourneySubscription: `subscription CacheJourneySubscription {
    clientUpdated { query { ...CacheJourney_shown } }
  }`,
};

/** The document of an operation, and its name, by which compiled documents are found. */
function documentOf(name) {
  return { name, text: `${OPERATIONS[name]}\n${SHOWN}` };
}

const PASSWORD = 'correct horse battery staple';
const addressOf = (firstName) => `${firstName.toLowerCase()}+clerk_test@example.com`;
// What a test address takes for its code.
const CODE = '424242';

/** The changes, each by whatever `mutate` sends a document with; it answers with the payload. */
function changesBy(mutate) {
  const change = async (name, input) => {
    const payload = await mutate(documentOf(name), input === undefined ? {} : { input });
    assert.deepEqual(payload.userErrors, [], name);
    return payload;
  };
  return {
    async signUp(firstName) {
      const input = { emailAddress: addressOf(firstName), password: PASSWORD, firstName, strategy: 'EMAIL_CODE' };
      const { signUp } = await change('CacheJourneySignUpMutation', input);
      return signUp.id;
    },
    verify: (signUpId) => change('CacheJourneyVerifyMutation', { signUpId, proof: { emailCode: CODE } }),
    signIn: (firstName) =>
      change('CacheJourneySignInMutation', { identifier: addressOf(firstName), proof: { password: PASSWORD } }),
    switchTo: (sessionId) => change('CacheJourneySwitchMutation', { sessionId }),
    signOut: () => change('CacheJourneySignOutMutation'),
    deleteClient: () => change('CacheJourneyDeleteMutation'),
  };
}

/** Sends documents as somebody with no cache at all: another tab, another device. */
function sender(server, caller) {
  return async ({ text }, variables) => {
    const response = await caller.fetch(`${server.origin}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/graphql-response+json' },
      body: JSON.stringify({ query: text, variables }),
    });
    const { data, errors } = await response.json();
    assert.equal(errors, undefined, JSON.stringify(errors));
    return data;
  };
}

/** Without what a library adds to a document of its own accord. */
function withoutTypenames(value) {
  if (Array.isArray(value)) return value.map(withoutTypenames);
  if (value === null || typeof value !== 'object') return value;
  const members = Object.entries(value).filter(([name]) => name !== '__typename');
  return Object.fromEntries(members.map(([name, member]) => [name, withoutTypenames(member)]));
}

/** What a person reads off the page. */
function readOff({ client, viewer }) {
  const acting = client?.sessions.find(({ id }) => id === client.lastActiveSession?.id);
  return {
    viewer: viewer && `${viewer.firstName} <${viewer.primaryEmailAddress.emailAddress}>`,
    acting: acting?.user.firstName ?? null,
    sessions: client && client.sessions.map(({ status, user }) => `${user.firstName} ${status}`),
    signUp: client?.signUp?.status ?? null,
  };
}

const NOBODY = { viewer: null, acting: null, sessions: null, signUp: null };
const signedInAs = (firstName, sessions) => ({
  viewer: firstName && `${firstName} <${addressOf(firstName)}>`,
  acting: firstName,
  sessions,
  signUp: null,
});

/** One component: a watched document and what it shows. */
class Component {
  #shown;
  #whenChanged = () => {};

  constructor(cache) {
    cache.watch(documentOf('CacheJourneyQuery'), (data) => {
      this.#shown = data;
      this.#whenChanged();
    });
  }

  get shown() {
    return withoutTypenames(this.#shown);
  }

  /** Waits until it shows what `isWanted`, or the patience is at its end. */
  async until(what, isWanted) {
    const shown = new Promise((resolve) => {
      this.#whenChanged = () => this.#shown && isWanted(this.shown) && resolve();
      this.#whenChanged();
    });
    await within(PATIENCE, what, shown).catch((error) => {
      error.message += `\nshown: ${JSON.stringify(this.shown, null, 2)}`;
      throw error;
    });
    this.#whenChanged = () => {};
  }
}

/**
 * A tab of a browser with a page that shows `SHOWN`.
 *
 * `newCache` makes the library's client, with the cache that it brings, of `{ t, url, fetch, sockets }`, and returns
 * - `watch(document, show)`: calls `show` with what a component that shows the document shows, each time that it does so anew;
 * - `mutate(document, variables)`: the data of the answer;
 * - `subscribe(document, failed)`: follows it as a page does that looks at nothing of what it is told, unless it fails.
 */
async function newTab(t, server, caller, newCache) {
  let requests = 0;
  const fetch = (...request) => {
    requests += 1;
    return caller.fetch(...request);
  };
  const url = `${server.origin}/graphql`;
  const { sockets, subscribed } = newSockets(t, url, caller);
  const cache = await newCache({ t, url, fetch, sockets });
  const component = new Component(cache);
  const ask = sender(server, caller);
  return {
    ...changesBy(async (...sent) => Object.values(await cache.mutate(...sent))[0]),
    // It fails when the client is gone; the page shows that already. Whatever else it is, what is waited for does not come.
    follow: () => cache.subscribe(documentOf('CacheJourneySubscription'), (error) => t.diagnostic(`not followed: ${error}`)),
    subscribed,
    /** The ids of the sessions that the component shows, by the first names of their users; the newest of each. */
    sessionIds: () => Object.fromEntries(component.shown.client.sessions.map(({ id, user }) => [user.firstName, id])),
    signUpId: () => component.shown.client.signUp.id,
    closed(listener) {
      sockets.on('closed', listener);
    },
    /** Waits until the component shows `wanted`, which is what the server says, and there were `expected` requests. */
    async shows(wanted, expected) {
      const isWanted = (shown) => JSON.stringify(readOff(shown)) === JSON.stringify(wanted);
      await component.until(`a component that shows ${JSON.stringify(wanted)}`, isWanted);
      // Whatever the library might still ask for of its own accord, it asks for in this time.
      const present = await ask(documentOf('CacheJourneyQuery'), {});
      assert.deepEqual(component.shown, present, 'what is shown is what the server says');
      assert.equal(requests, expected, `requests until ${JSON.stringify(wanted)}`);
    },
  };
}

/** Waits until a subscription has begun, from when on the page is told of changes. */
async function hasBegun(subscribed) {
  await within(PATIENCE, 'the subscription to begin', subscribed);
}

/** Has the page follow its client, and waits until it does. */
async function follows(tab) {
  const subscribed = tab.subscribed();
  tab.follow();
  await hasBegun(subscribed);
}

/** A server that keeps several sessions in a client, where Bob has an account. */
async function serverWithBob(t) {
  const server = await startServer(t);
  await changeSettings(server, { session: { singleSessionMode: false } });
  const mutate = sender(server, newCaller());
  const bob = changesBy(async (...sent) => Object.values(await mutate(...sent))[0]);
  await bob.verify(await bob.signUp('Bob'));
  return server;
}

/**
 * Everything is changed by the page itself, and each change is one request. `isFollowing`: the page follows its client too, so that
 * it is told twice of whatever it does; otherwise only the answers tell it.
 */
export async function changesOfOnesOwn(t, newCache, { isFollowing }) {
  const server = await serverWithBob(t);
  const tab = await newTab(t, server, newCaller(), newCache);
  await tab.shows(NOBODY, 1);

  const signUpId = await tab.signUp('Ada');
  await tab.shows({ ...NOBODY, sessions: [], signUp: 'MISSING_REQUIREMENTS' }, 2);
  // A browser that is no client yet has nothing to follow.
  if (isFollowing) await follows(tab);
  const subscribedAgain = tab.subscribed();
  await tab.verify(signUpId);
  await tab.shows(signedInAs('Ada', ['Ada ACTIVE']), 3);
  await tab.signIn('Bob');
  await tab.shows(signedInAs('Bob', ['Ada ACTIVE', 'Bob ACTIVE']), 4);
  // Each new token has closed the socket.
  if (isFollowing) await hasBegun(subscribedAgain);
  await tab.switchTo(tab.sessionIds().Ada);
  await tab.shows(signedInAs('Ada', ['Ada ACTIVE', 'Bob ACTIVE']), 5);
  await tab.signOut();
  await tab.shows(signedInAs(null, ['Ada ENDED', 'Bob ACTIVE']), 6);
  await tab.switchTo(tab.sessionIds().Bob);
  await tab.shows(signedInAs('Bob', ['Ada ENDED', 'Bob ACTIVE']), 7);
  await tab.deleteClient();
  await tab.shows(NOBODY, 8);
  await tab.signIn('Bob');
  await tab.shows(signedInAs('Bob', ['Bob ACTIVE']), 9);
}

/** Everything is changed by another tab of the same browser; the page sends nothing, and is told by its subscription. */
export async function changesElsewhere(t, newCache) {
  const server = await serverWithBob(t);
  const browser = newCaller();
  const mutate = sender(server, browser);
  const elsewhere = changesBy(async (...sent) => Object.values(await mutate(...sent))[0]);
  const tab = await newTab(t, server, browser, newCache);
  const closings = [];
  tab.closed(({ code }) => closings.push(code));
  await tab.shows(NOBODY, 1);
  await tab.signUp('Ada');
  await tab.shows({ ...NOBODY, sessions: [], signUp: 'MISSING_REQUIREMENTS' }, 2);
  await follows(tab);

  await elsewhere.verify(tab.signUpId());
  await tab.shows(signedInAs('Ada', ['Ada ACTIVE']), 2);
  await elsewhere.signIn('Bob');
  await tab.shows(signedInAs('Bob', ['Ada ACTIVE', 'Bob ACTIVE']), 2);
  await elsewhere.switchTo(tab.sessionIds().Ada);
  await tab.shows(signedInAs('Ada', ['Ada ACTIVE', 'Bob ACTIVE']), 2);
  await elsewhere.signOut();
  await tab.shows(signedInAs(null, ['Ada ENDED', 'Bob ACTIVE']), 2);
  assert.ok(closings.length <= 2 && closings.every((code) => code === 1012), `each new token closes the socket: ${closings}`);
  await elsewhere.deleteClient();
  await tab.shows(NOBODY, 2);
}
