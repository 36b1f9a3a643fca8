// urql with graphcache keeps what a page shows of who is signed in.

import { test } from 'node:test';
import { Client, fetchExchange, subscriptionExchange } from '@urql/core';
import { cacheExchange } from '@urql/exchange-graphcache';
import { pipe, subscribe } from 'wonka';
import { changesElsewhere, changesOfOnesOwn } from './support/cache-journey.mjs';
import { atEnd } from './support/ending.mjs';

function newCache({ t, url, fetch, sockets }) {
  const client = new Client({
    url,
    fetch,
    exchanges: [
      cacheExchange(),
      fetchExchange,
      subscriptionExchange({
        forwardSubscription: ({ query = '', variables }) => ({
          subscribe: (sink) => ({ unsubscribe: sockets.subscribe({ query, variables }, sink) }),
        }),
      }),
    ],
  });
  // A page has these as long as it is there.
  const follow = (source, next) => atEnd(t, pipe(source, subscribe(next)).unsubscribe);
  return {
    watch: ({ text }, show) => follow(client.query(text, {}), ({ data }) => show(data)),
    mutate: async ({ text }, variables) => (await client.mutation(text, variables)).data,
    subscribe: ({ text }, failed) => follow(client.subscription(text, {}), ({ error }) => error && failed(error)),
  };
}

test('urql shows what the page itself has changed', (t) => changesOfOnesOwn(t, newCache, { isFollowing: false }));
test('urql shows it once when it is told twice', (t) => changesOfOnesOwn(t, newCache, { isFollowing: true }));
test('urql shows what another tab has changed', (t) => changesElsewhere(t, newCache));
