// An application's own backend, which knows a person by the session token alone.

import { createServer } from 'node:http';
import { buildSchema } from 'graphql';
import { createHandler } from 'graphql-http/lib/use/http';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { atEnd } from './ending.mjs';

export const BACKEND_SCHEMA = `type Query { posts: [Post!]! }
type Post { id: ID!, authorId: ID }
`;

/**
 * Starts it for callers of the server at `origin`; it ends with the test `t`.
 *
 * @returns {Promise<string>} the address of its GraphQL
 */
export async function startBackend(t, origin) {
  const keys = createRemoteJWKSet(new URL('/.well-known/jwks.json', origin));
  const authorOf = async (authorization) => {
    if (!authorization) return null;
    const { payload } = await jwtVerify(authorization.replace(/^Bearer /, ''), keys, { algorithms: ['RS256'], issuer: origin });
    return payload.sub;
  };
  const handler = createHandler({
    schema: buildSchema(BACKEND_SCHEMA),
    rootValue: { posts: async (_, { authorization }) => [{ id: 'post_1', authorId: await authorOf(authorization) }] },
    context: ({ headers }) => ({ authorization: headers.authorization }),
  });
  const server = createServer(handler);
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  atEnd(t, () => new Promise((resolve) => {
    server.close(resolve);
    server.closeAllConnections();
  }));
  return `http://127.0.0.1:${server.address().port}/graphql`;
}
