// An app of Apollo Client and React: all that it takes to sign people up, in and out, and to keep what is shown of them right, in
// every tab. `apollo-app.test.mjs` runs it as it stands, and counts the lines that are neither imports nor what is rendered.

import { ApolloClient, ApolloLink, HttpLink, InMemoryCache } from '@apollo/client';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { useMutation, useQuery, useSubscription } from '@apollo/client/react';
import { createClient } from 'graphql-ws';
import { createElement } from 'react';
import { SESSION_END, SESSION_TOKEN, SHOWN, SIGN_IN, SIGN_UP, UPDATED, VERIFY } from './apollo-app-documents.mjs';

const url = process.env.NEXT_PUBLIC_GRAPHQL_URL;
const sockets = new GraphQLWsLink(createClient({ url: url.replace(/^http/, 'ws') }));
const isLive = ({ operationType }) => operationType === 'subscription';
const link = ApolloLink.split(isLive, sockets, new HttpLink({ uri: url, credentials: 'include' }));
export const client = new ApolloClient({ link, cache: new InMemoryCache() });

export function Account() {
  const { data } = useQuery(SHOWN);
  useSubscription(UPDATED, { skip: !data?.client });
  const [signUp] = useMutation(SIGN_UP);
  const [verify] = useMutation(VERIFY);
  const [signIn] = useMutation(SIGN_IN);
  const [newToken, { data: minted }] = useMutation(SESSION_TOKEN);
  const [signOut] = useMutation(SESSION_END);
  return createElement(
    'main',
    null,
    createElement('p', { id: 'viewer' }, data && (data.viewer?.primaryEmailAddress.emailAddress ?? 'nobody')),
    createElement('p', { id: 'pending' }, data?.client?.signUp?.status),
    createElement('form', { id: 'sign-up', action: (form) => signUp({ variables: Object.fromEntries(form) }) }),
    createElement('form', {
      id: 'verify',
      action: (form) => verify({ variables: { id: data.client.signUp.id, code: form.get('code') } }),
    }),
    createElement('form', { id: 'sign-in', action: (form) => signIn({ variables: Object.fromEntries(form) }) }),
    createElement('button', { id: 'new-token', onClick: () => newToken() }),
    createElement('output', { id: 'token' }, minted?.sessionTokenCreate.token.jwt),
    createElement('button', { id: 'sign-out', onClick: () => signOut() }),
  );
}
