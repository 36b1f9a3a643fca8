// What an application reads with gql.tada.

import { readFragment, type FragmentOf, type ResultOf, type VariablesOf } from 'gql.tada';
import {
  DevInboxQuery,
  NodesQuery,
  SettingsUpdateMutation,
  SignInFirstFactorMutation,
  SignUpCreateMutation,
  SignUp_signUp,
  ViewerClientSubscription,
  ViewerQuery,
  Viewer_identification,
  Viewer_user,
} from './documents';
import { holds, type Same } from './same';

// A proof is one of its kinds. (Two at once are a type to gql.tada, and are left to the server to refuse.)
type FirstFactor = VariablesOf<typeof SignInFirstFactorMutation>;
export const proof: FirstFactor = { signInId: 'sia_1', proof: { emailCode: '424242' } };
// @ts-expect-error no proof at all
export const none: FirstFactor = { signInId: 'sia_1', proof: {} };

// A sign-up may begin with nothing.
export const nothing: VariablesOf<typeof SignUpCreateMutation> = { input: {} };

/** A component reads the fields that its own fragment names. */
export function greeting(masked: FragmentOf<typeof Viewer_user>): string {
  const user = readFragment(Viewer_user, masked);
  const address = readFragment(Viewer_identification, user.primaryEmailAddress);
  return user.firstName ?? user.username ?? address?.identifier ?? 'you';
}

/** And nobody else's. */
export function page(result: ResultOf<typeof ViewerQuery>): string {
  if (!result.viewer) return 'nobody';
  // @ts-expect-error a field of the component's fragment
  void result.viewer.username;
  return greeting(result.viewer);
}

// A payload is nullable and tells what came of it, with the query root of the new caller.
type Created = ResultOf<typeof SignUpCreateMutation>['signUpCreate'];
holds<null extends Created ? true : false>();
holds<null extends NonNullable<Created>['query'] ? false : true>();

type SignUp = ResultOf<typeof SignUp_signUp>;
holds<Same<SignUp['abandonsAt'], string>>();
holds<'EMAIL_ADDRESS' extends SignUp['missingFields'][number] ? true : false>();
holds<string extends SignUp['missingFields'][number] ? false : true>();

type Inbox = NonNullable<ResultOf<typeof DevInboxQuery>['devInbox']>;
holds<Same<Inbox['edges'][number]['cursor'], string>>();
holds<Same<Inbox['edges'][number]['node']['code'], string | null>>();
export const filter: VariablesOf<typeof DevInboxQuery> = { first: 20, filter: { to: 'ada@example.com' } };

// What can be read by an identifier is told apart by its type.
type Found = NonNullable<ResultOf<typeof NodesQuery>['nodes'][number]>;
holds<Same<Extract<Found, { __typename: 'Session' }>['userId'], string>>();
holds<Same<Extract<Found, { __typename: 'EmailAddress' }>['identifier'], string>>();

holds<null extends ResultOf<typeof ViewerClientSubscription>['clientUpdated'] ? false : true>();

// A patch of the settings: what is left out stays, null goes back to the default.
export const patch: VariablesOf<typeof SettingsUpdateMutation> = {
  input: { expectedVersion: 3, session: { tokenLifetimeSeconds: 120 }, attackProtection: { userLockout: { maxAttempts: null } } },
};
// @ts-expect-error a setting that there is not
patch.input.shoeSize = 42;
