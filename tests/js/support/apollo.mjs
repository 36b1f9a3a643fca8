// An unmodified Apollo Client over HTTP and graphql-transport-ws, with the cookies of one caller.

import { ApolloClient, ApolloLink, HttpLink, InMemoryCache } from '@apollo/client/core';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { OperationTypeNode } from 'graphql';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { APP_ORIGIN } from './caller.mjs';

/**
 * An Apollo Client for `caller`; its socket closes when the test `t` ends. `links` stand before the one that sends.
 *
 * @returns {{client: ApolloClient, subscribed: () => Promise<void>}} `subscribed` settles when the server has read every
 *   `subscribe` message sent so far: the protocol has no acknowledgement of its own, but a server answers in order, so the
 *   pong to a ping that was sent afterwards is one.
 */
export function newApollo(t, origin, caller, { links = [], connectionParams } = {}) {
  const url = `${origin}/graphql`;
  let socket;
  // Node's WebSocket sends neither cookies nor Origin, as a browser would. The handshake is synchronous, so the cookies
  // are read just before (see `url` below).
  let cookie = '';
  class BrowserLikeWebSocket extends WebSocket {
    constructor(address, protocols) {
      super(address, protocols, { origin: APP_ORIGIN, headers: cookie ? { cookie } : {} });
      socket = this;
    }
  }
  let subscribeSent = () => {};
  const sockets = createClient({
    async url() {
      cookie = await caller.cookies(url);
      return url.replace(/^http/, 'ws');
    },
    connectionParams,
    webSocketImpl: BrowserLikeWebSocket,
    jsonMessageReplacer(key, value) {
      // Called while a message is written; `subscribe` is on the wire once this turn has ended.
      if (key === 'type' && value === 'subscribe') queueMicrotask(() => subscribeSent());
      return value;
    },
  });
  t.after(() => sockets.dispose());

  const link = ApolloLink.split(
    ({ operationType }) => operationType === OperationTypeNode.SUBSCRIPTION,
    new GraphQLWsLink(sockets),
    ApolloLink.from([...links, new HttpLink({ uri: url, fetch: caller.fetch })]),
  );
  return {
    client: new ApolloClient({ link, cache: new InMemoryCache() }),
    subscribed: () =>
      new Promise((resolve) => {
        const stop = sockets.on('pong', () => {
          stop();
          resolve();
        });
        subscribeSent = () => {
          subscribeSent = () => {};
          socket.send(JSON.stringify({ type: 'ping' }));
        };
      }),
  };
}
