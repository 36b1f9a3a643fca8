// Apollo Client 4 keeps what components of React show of who is signed in.

import { test } from 'node:test';
import { ApolloClient, ApolloLink, HttpLink, InMemoryCache, gql } from '@apollo/client';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { ApolloProvider, useQuery, useSubscription } from '@apollo/client/react';
import { OperationTypeNode } from 'graphql';
import { createElement, useEffect } from 'react';
import { create } from 'react-test-renderer';
import { changesElsewhere, changesOfOnesOwn } from './support/cache-journey.mjs';
import { atEnd } from './support/ending.mjs';

function Watched({ document, show }) {
  const { data } = useQuery(document);
  useEffect(() => show(data), [data]);
  return null;
}

function Followed({ document, onError }) {
  useSubscription(document, { onError });
  return null;
}

function newCache({ t, url, fetch, sockets }) {
  const link = ApolloLink.split(
    ({ operationType }) => operationType === OperationTypeNode.SUBSCRIPTION,
    new GraphQLWsLink(sockets),
    new HttpLink({ uri: url, fetch }),
  );
  const client = new ApolloClient({ link, cache: new InMemoryCache() });
  const render = (component, properties) => {
    const page = create(createElement(ApolloProvider, { client }, createElement(component, properties)));
    atEnd(t, () => page.unmount());
  };
  return {
    watch: ({ text }, show) => render(Watched, { document: gql(text), show }),
    mutate: async ({ text }, variables) => (await client.mutate({ mutation: gql(text), variables })).data,
    subscribe: ({ text }, onError) => render(Followed, { document: gql(text), onError }),
  };
}

test('Apollo Client 4 shows what the page itself has changed', (t) => changesOfOnesOwn(t, newCache, { isFollowing: false }));
test('Apollo Client 4 shows it once when it is told twice', (t) => changesOfOnesOwn(t, newCache, { isFollowing: true }));
test('Apollo Client 4 shows what another tab has changed', (t) => changesElsewhere(t, newCache));
