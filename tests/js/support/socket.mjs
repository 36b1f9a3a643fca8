// The sockets of a page: graphql-ws as it is, with the cookies and the Origin that a browser sends along.

import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { APP_ORIGIN } from './caller.mjs';
import { atEnd } from './ending.mjs';

// Apollo's link asks the browser's class for its constants; Node has none before version 22.
globalThis.WebSocket ??= WebSocket;

/** The class by which a page of `caller` opens sockets. Node's sends neither cookies nor Origin. */
export function webSocketOf(caller) {
  return class extends WebSocket {
    constructor(address, protocols) {
      const cookie = caller.cookies(String(address).replace(/^ws/, 'http'));
      super(address, protocols, { origin: APP_ORIGIN, headers: cookie ? { cookie } : {} });
    }
  };
}

/**
 * The graphql-ws client of a page of `caller`; its socket closes when the test `t` ends.
 *
 * @returns {{sockets: import('graphql-ws').Client, subscribed: () => Promise<void>}} `subscribed` settles when the server has
 *   read every `subscribe` message sent so far: the protocol has no acknowledgement of its own, but a server answers in order,
 *   so the pong to a ping that was sent afterwards is one.
 */
export function newSockets(t, url, caller, { connectionParams } = {}) {
  let socket;
  let subscribeSent = () => {};
  const sockets = createClient({
    url: url.replace(/^http/, 'ws'),
    connectionParams,
    webSocketImpl: webSocketOf(caller),
    on: { connected: (connected) => (socket = connected) },
    jsonMessageReplacer(key, value) {
      // Called while a message is written; `subscribe` is on the wire once this turn has ended.
      if (key === 'type' && value === 'subscribe') queueMicrotask(() => subscribeSent());
      return value;
    },
  });
  atEnd(t, () => sockets.dispose());
  const subscribed = () =>
    new Promise((resolve) => {
      const stop = sockets.on('pong', () => {
        stop();
        resolve();
      });
      subscribeSent = () => {
        subscribeSent = () => {};
        socket.send(JSON.stringify({ type: 'ping' }));
      };
    });
  return { sockets, subscribed };
}
