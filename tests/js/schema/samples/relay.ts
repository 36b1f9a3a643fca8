// What an application finds in the types that Relay made.

import type { FragmentRefs, Result } from 'relay-runtime';
import type { InboxQuery$data, InboxQuery$variables } from './__generated__/InboxQuery.graphql';
import type { Inbox_messages$data } from './__generated__/Inbox_messages.graphql';
import type { Inbox_session$data } from './__generated__/Inbox_session.graphql';
import type { SettingsUpdateMutation$variables } from './__generated__/SettingsUpdateMutation.graphql';
import type { SignInCreateMutation$data, SignInCreateMutation$variables } from './__generated__/SignInCreateMutation.graphql';
import type { SignInFirstFactorMutation$variables } from './__generated__/SignInFirstFactorMutation.graphql';
import type { SignUp_signUp$data } from './__generated__/SignUp_signUp.graphql';
import type { ViewerClientSubscription$data } from './__generated__/ViewerClientSubscription.graphql';
import type { Viewer_identification$data } from './__generated__/Viewer_identification.graphql';
import { holds, type Same } from './same';

// A proof is one of its kinds.
export const proof: SignInFirstFactorMutation$variables = { signInId: 'sia_1', proof: { emailCode: '424242' } };
// @ts-expect-error two proofs at once
export const both: SignInFirstFactorMutation$variables = { signInId: 'sia_1', proof: { emailCode: '424242', password: 'p' } };
// @ts-expect-error no proof at all
export const none: SignInFirstFactorMutation$variables = { signInId: 'sia_1', proof: {} };

export const credentials: SignInCreateMutation$variables = { identifier: 'ada', password: 'correct horse' };

// A component reads the fields that its own fragment names, and nobody else's.
type Viewer = NonNullable<NonNullable<SignInCreateMutation$data['signInCreate']>['query']['viewer']>;
holds<Same<Viewer, { readonly id: string; readonly ' $fragmentSpreads': FragmentRefs<'Viewer_user'> }>>();
// @ts-expect-error a field of the component's fragment
export type Masked = Viewer['username'];

// A caught error is a value, and one that is thrown leaves no null behind.
holds<Same<InboxQuery$data['viewer'] extends Result<unknown, unknown> ? true : false, true>>();
holds<null extends Inbox_session$data['user'] ? false : true>();
export const filter: InboxQuery$variables = { filter: { to: 'ada@example.com' } };

type Edge = NonNullable<Inbox_messages$data['devInbox']>['edges'][number];
holds<Same<Edge['node']['subject'], string>>();

type Field = SignUp_signUp$data['missingFields'][number];
holds<'EMAIL_ADDRESS' extends Field ? true : false>();
holds<Same<NonNullable<Viewer_identification$data['verification']>['expiresAt'], string | null | undefined>>();
holds<null extends ViewerClientSubscription$data['clientUpdated'] ? false : true>();

// A patch of the settings: what is left out stays, null goes back to the default.
export const patch: SettingsUpdateMutation$variables = {
  input: { expectedVersion: 3, session: { tokenLifetimeSeconds: 120 }, attackProtection: { userLockout: { maxAttempts: null } } },
};
// @ts-expect-error a setting that there is not
void patch.input.shoeSize;
