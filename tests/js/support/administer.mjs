// What an operator reads with the secret key: the mail that a development instance keeps instead of sending.

import assert from 'node:assert/strict';
import { PATIENCE, within } from './wait.mjs';

const DEV_INBOX = `query DevInbox($to: String) {
  devInbox(first: 10, filter: { to: $to }) { nodes { id channel to subject code text createdAt } }
}`;

/** The messages to `address`, as the dev inbox lists them. No Origin: secret keys do not belong in browsers. */
export async function readInbox({ origin, secretKey }, address) {
  const response = await fetch(`${origin}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json', authorization: `Bearer ${secretKey}` },
    body: JSON.stringify({ query: DEV_INBOX, variables: { to: address } }),
  });
  const { data, errors } = await response.json();
  assert.equal(errors, undefined, JSON.stringify(errors));
  return data.devInbox.nodes;
}

/**
 * The code of the newest message to `address`. Delivery is a job that starts after the answer to the request, and the
 * inbox announces nothing; so the inbox is read again, one request after the other, until the message is there.
 */
export function newestCode(server, address) {
  let givenUp = false;
  const arrival = (async () => {
    while (!givenUp) {
      const [message] = await readInbox(server, address);
      if (message) {
        assert.match(message.code, /^\d{6}$/);
        return message.code;
      }
    }
  })();
  return within(PATIENCE, `a message to ${address} in the dev inbox`, arrival).finally(() => {
    givenUp = true;
  });
}
