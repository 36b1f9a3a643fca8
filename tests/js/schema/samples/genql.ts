// What an application writes with the client that genql made.

import { createClient, generateSubscriptionOp, type GenqlError, type QueryResult } from './generated';
import type { ProofInput } from './generated/schema';
import { holds, type Same } from './same';

const page = {
  viewer: { id: true, username: true, primaryEmailAddress: { identifier: true } },
  client: { id: true, sessions: { __scalar: true, user: { id: true } }, lastActiveSession: { id: true } },
} as const;

const user = { viewer: { username: true, createdAt: true, publicMetadata: true } } as const;
type Viewer = NonNullable<QueryResult<typeof user>['viewer']>;
holds<Same<Viewer['username'], string | null>>();
holds<Same<Viewer['createdAt'], string>>();
// @ts-expect-error a field that was not asked for
export type NotAsked = Viewer['firstName'];

// Proofs are typed as if none were needed; two at once are left to the server to refuse.
export const proof: ProofInput = { emailCode: '424242' };
// @ts-expect-error a kind of proof that there is not
export const unknown: ProofInput = { shoeSize: '42' };

export type Failure = GenqlError;

/** Everything that the client would have sent. */
export async function operations(): Promise<unknown[]> {
  const sent: unknown[] = [];
  const client = createClient({
    fetcher: async (operation) => {
      sent.push(operation);
      return { data: {} };
    },
  });
  const userErrors = { code: true, field: true, message: true, retryAfterSeconds: true } as const;

  await client.query({ __name: 'Page', ...page });
  const inbox = await client.query({
    devInbox: {
      __args: { filter: { to: 'ada@example.com' }, first: 20 },
      edges: { cursor: true, node: { subject: true, code: true } },
      pageInfo: { endCursor: true, hasNextPage: true },
      totalCount: true,
    },
  });
  holds<Same<NonNullable<typeof inbox.devInbox>['edges'][number]['node']['code'], string | null>>();
  await client.query({ nodes: { __args: { ids: ['user_1'] }, __typename: true, id: true, on_User: { username: true } } });
  const created = await client.mutation({
    signInCreate: {
      __args: { input: { identifier: 'ada', proof: { password: 'correct horse' } } },
      signIn: { id: true, status: true, firstFactorVerification: { status: true, on_CodeVerification: { attempts: true } } },
      query: page,
      userErrors,
    },
  });
  holds<null extends typeof created.signInCreate ? true : false>();
  await client.mutation({
    signUpAttemptVerification: {
      __args: { input: { signUpId: 'sua_1', proof } },
      signUp: { missingFields: true, createdUser: { id: true } },
      userErrors,
    },
  });
  // Everything of the input may be left out, and the input with it.
  await client.mutation({ sessionEnd: { session: { status: true }, userErrors } });
  await client.mutation({
    instanceSettingsUpdate: {
      __args: { input: { session: { tokenLifetimeSeconds: 120 }, attackProtection: { userLockout: { maxAttempts: null } } } },
      instanceSettings: { version: true, session: { tokenLifetimeSeconds: true } },
      userErrors,
    },
  });
  sent.push(generateSubscriptionOp({ clientUpdated: { client: page.client, query: { viewer: { id: true } } } }));
  return sent;
}
