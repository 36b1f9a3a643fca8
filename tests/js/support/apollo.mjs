// An unmodified Apollo Client over HTTP and graphql-transport-ws, with the cookies of one caller.

import { ApolloClient, ApolloLink, HttpLink, InMemoryCache } from '@apollo/client/core';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { OperationTypeNode } from 'graphql';
import { newSockets } from './socket.mjs';

/**
 * An Apollo Client for `caller`; its socket closes when the test `t` ends. `links` stand before the one that sends.
 *
 * @returns {{client: ApolloClient, subscribed: () => Promise<void>}} `subscribed` as `newSockets` has it
 */
export function newApollo(t, origin, caller, { links = [], connectionParams } = {}) {
  const url = `${origin}/graphql`;
  const { sockets, subscribed } = newSockets(t, url, caller, { connectionParams });
  const link = ApolloLink.split(
    ({ operationType }) => operationType === OperationTypeNode.SUBSCRIPTION,
    new GraphQLWsLink(sockets),
    ApolloLink.from([...links, new HttpLink({ uri: url, fetch: caller.fetch })]),
  );
  return { client: new ApolloClient({ link, cache: new InMemoryCache() }), subscribed };
}
