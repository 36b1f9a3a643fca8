// What an application writes with what the client preset made.

import type { ResultOf, VariablesOf } from '@graphql-typed-document-node/core';
import { getFragmentData, type FragmentType } from './generated';
import {
  DevInboxQueryDocument,
  NodesQueryDocument,
  SettingsUpdateMutationDocument,
  SignInFirstFactorMutationDocument,
  SignUpCreateMutationDocument,
  SignUp_SignUpFragmentDoc,
  ViewerClientSubscriptionDocument,
  ViewerQueryDocument,
  Viewer_IdentificationFragmentDoc,
  Viewer_UserFragmentDoc,
} from './generated/graphql';
import { holds, type Same } from './same';

// A proof is one of its kinds.
type FirstFactor = VariablesOf<typeof SignInFirstFactorMutationDocument>;
export const proof: FirstFactor = { signInId: 'sia_1', proof: { emailCode: '424242' } };
// @ts-expect-error two proofs at once
export const both: FirstFactor = { signInId: 'sia_1', proof: { emailCode: '424242', password: 'p' } };
// @ts-expect-error no proof at all
export const none: FirstFactor = { signInId: 'sia_1', proof: {} };

// A sign-up may begin with nothing.
export const nothing: VariablesOf<typeof SignUpCreateMutationDocument> = { input: {} };

/** A component reads the fields that its own fragment names. */
export function greeting(masked: FragmentType<typeof Viewer_UserFragmentDoc>): string {
  const user = getFragmentData(Viewer_UserFragmentDoc, masked);
  const address = getFragmentData(Viewer_IdentificationFragmentDoc, user.primaryEmailAddress);
  const proven: 'EXPIRED' | 'FAILED' | 'UNVERIFIED' | 'VERIFIED' | undefined = address?.verification?.status;
  return `${user.firstName ?? user.username ?? address?.identifier ?? 'you'} (${proven ?? 'unknown'})`;
}

/** And nobody else's. */
export function page(result: ResultOf<typeof ViewerQueryDocument>): string {
  if (!result.viewer) return 'nobody';
  // @ts-expect-error a field of the component's fragment
  void result.viewer.username;
  return greeting(result.viewer);
}

// A payload is nullable and tells what came of it, with the query root of the new caller.
type Created = ResultOf<typeof SignUpCreateMutationDocument>['signUpCreate'];
holds<null extends Created ? true : false>();
holds<null extends NonNullable<Created>['query'] ? false : true>();
type SignUp = ResultOf<typeof SignUp_SignUpFragmentDoc>;
holds<Same<SignUp['abandonsAt'], string>>();
holds<'EMAIL_ADDRESS' extends SignUp['missingFields'][number] ? true : false>();

type Inbox = NonNullable<ResultOf<typeof DevInboxQueryDocument>['devInbox']>;
holds<Same<Inbox['edges'][number]['cursor'], string>>();
holds<Same<Inbox['edges'][number]['node']['code'], string | null>>();
holds<Same<Inbox['pageInfo']['endCursor'], string | null>>();
export const filter: VariablesOf<typeof DevInboxQueryDocument> = { first: 20, filter: { to: 'ada@example.com' } };

// What can be read by an identifier is told apart by its type.
type Found = NonNullable<ResultOf<typeof NodesQueryDocument>['nodes'][number]>;
holds<Same<Extract<Found, { __typename: 'Session' }>['userId'], string>>();
holds<Same<Extract<Found, { __typename: 'Environment' }>['applicationName'], string>>();

holds<null extends ResultOf<typeof ViewerClientSubscriptionDocument>['clientUpdated'] ? false : true>();

// A patch of the settings: what is left out stays, null goes back to the default.
export const patch: VariablesOf<typeof SettingsUpdateMutationDocument> = {
  input: { expectedVersion: 3, session: { tokenLifetimeSeconds: 120 }, attackProtection: { userLockout: { maxAttempts: null } } },
};
// @ts-expect-error a setting that there is not
patch.input.shoeSize = 42;
