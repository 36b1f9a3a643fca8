// GraphQL over HTTP, held to the audit suite of the specification's reference implementation: MUST, SHOULD and MAY alike.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { serverAudits } from 'graphql-http';
import { startServer } from './support/server.mjs';

test('every audit of GraphQL over HTTP passes', async (t) => {
  const { origin } = await startServer(t);
  const audits = serverAudits({ url: `${origin}/graphql` });
  assert.ok(audits.length > 50, `only ${audits.length} audits: has the package changed?`);

  for (const audit of audits) {
    await t.test(`${audit.id} ${audit.name}`, async () => {
      const result = await audit.fn();
      const { status, reason } = result;
      // A response's body can be read once; the audit itself may have done so.
      const body = result.response?.bodyUsed === false ? await result.response.text() : undefined;
      assert.equal(status, 'ok', [reason, result.response?.status, body].filter(Boolean).join('\n'));
    });
  }
});
