// Verification of session tokens by an independent library, as a backend would do it: from the JWKS URL alone.

import assert from 'node:assert/strict';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { PATIENCE } from './wait.mjs';

/** Verifies `jwt` against the key set of `origin` and holds its claims to what was expected; returns the claims. */
export async function verifySessionToken(jwt, { origin, sessionId, userId, authorizedParty }) {
  const keys = createRemoteJWKSet(new URL('/.well-known/jwks.json', origin), { timeoutDuration: PATIENCE * 1000 });
  const { payload, protectedHeader } = await jwtVerify(jwt, keys, {
    algorithms: ['RS256'],
    issuer: origin,
    requiredClaims: ['azp', 'exp', 'iat', 'nbf', 'sid', 'sub'],
  });
  assert.match(protectedHeader.kid, /^ins_/);
  assert.equal(protectedHeader.typ, 'JWT');
  assert.equal(payload.sid, sessionId);
  assert.equal(payload.sub, userId);
  assert.equal(payload.azp, authorizedParty);
  assert.equal(payload.exp - payload.iat, 60);
  assert.equal(payload.aud, undefined);
  return payload;
}
