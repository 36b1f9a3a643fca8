// Apollo Client 3 keeps what a page shows of who is signed in.

import { test } from 'node:test';
import apollo from 'apollo-client-3/core/core.cjs';
import subscriptions from 'apollo-client-3/link/subscriptions/subscriptions.cjs';
import utilities from 'apollo-client-3/utilities/utilities.cjs';
import { changesElsewhere, changesOfOnesOwn } from './support/cache-journey.mjs';
import { atEnd } from './support/ending.mjs';

const { ApolloClient, HttpLink, InMemoryCache, gql, split } = apollo;
const { GraphQLWsLink } = subscriptions;
const { getMainDefinition } = utilities;

function newCache({ t, url, fetch, sockets }) {
  const link = split(
    ({ query }) => getMainDefinition(query).operation === 'subscription',
    new GraphQLWsLink(sockets),
    new HttpLink({ uri: url, fetch }),
  );
  const client = new ApolloClient({ link, cache: new InMemoryCache() });
  atEnd(t, () => client.stop());
  return {
    watch: ({ text }, show) => client.watchQuery({ query: gql(text) }).subscribe(({ data }) => show(data)),
    mutate: async ({ text }, variables) => (await client.mutate({ mutation: gql(text), variables })).data,
    subscribe: ({ text }, error) => client.subscribe({ query: gql(text) }).subscribe({ error }),
  };
}

test('Apollo Client 3 shows what the page itself has changed', (t) => changesOfOnesOwn(t, newCache, { isFollowing: false }));
test('Apollo Client 3 shows it once when it is told twice', (t) => changesOfOnesOwn(t, newCache, { isFollowing: true }));
test('Apollo Client 3 shows what another tab has changed', (t) => changesElsewhere(t, newCache));
