// Relay keeps what a page shows of who is signed in, with documents compiled by its own compiler from schema.graphql.

import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { before, after, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import compiler from 'relay-compiler';
import relay from 'relay-runtime';
import { OPERATIONS, SHOWN, changesElsewhere, changesOfOnesOwn } from './support/cache-journey.mjs';
import { atEnd } from './support/ending.mjs';

const SCHEMA = new URL('../../schema.graphql', import.meta.url);
/** What a page asks for first it asks for below `query`, where changes and pushes have it: so Relay keeps both in one place. */
const DOCUMENTS = { ...OPERATIONS, CacheJourneyQuery: 'query CacheJourneyQuery { query { ...CacheJourney_shown } }' };
const { Environment, Network, Observable, RecordSource, Store } = relay;

let directory;
let artifacts;

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'vestibule-relay-'));
  artifacts = await compiled(directory);
});
after(() => rm(directory, { recursive: true, force: true }));

/** Has relay-compiler read the documents in a module, as an app has them; the artifacts by their names. */
async function compiled(root) {
  // A component reads its own fragment where it stands; here the whole is one component.
  const unmasked = (text) => text.replaceAll('...CacheJourney_shown', '...CacheJourney_shown @relay(mask: false)');
  const tags = [SHOWN, ...Object.values(DOCUMENTS)].map((text) => `graphql\`${unmasked(text)}\`;\n`);
  const configuration = { src: 'src', schema: 'schema.graphql', language: 'javascript', eagerEsModules: true };
  await mkdir(join(root, 'src'));
  await copyFile(SCHEMA, join(root, 'schema.graphql'));
  await writeFile(join(root, 'package.json'), JSON.stringify({ type: 'module' }));
  await writeFile(join(root, 'relay.config.json'), JSON.stringify(configuration));
  await writeFile(join(root, 'src', 'CacheJourney.js'), tags.join(''));
  await promisify(execFile)(compiler, ['relay.config.json'], { cwd: root });
  const modules = Object.keys(DOCUMENTS).map(async (name) => {
    const artifact = join(root, 'src', '__generated__', `${name}.graphql.js`);
    return [name, (await import(pathToFileURL(artifact))).default];
  });
  return Object.fromEntries(await Promise.all(modules));
}

function newCache({ t, url, fetch, sockets }) {
  const ask = async ({ text: query }, variables) => {
    const headers = { 'content-type': 'application/json', accept: 'application/graphql-response+json' };
    const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify({ query, variables }) });
    return response.json();
  };
  const follow = ({ text: query }, variables) => Observable.create((sink) => sockets.subscribe({ query, variables }, sink));
  const environment = new Environment({
    network: Network.create(ask, follow),
    store: new Store(new RecordSource()),
  });
  const operationOf = ({ name }, variables = {}) => relay.createOperationDescriptor(artifacts[name], variables);
  return {
    watch(document, show) {
      const operation = operationOf(document);
      atEnd(t, environment.retain(operation).dispose);
      environment.execute({ operation }).subscribe({
        complete() {
          const snapshot = environment.lookup(operation.fragment);
          show(snapshot.data.query);
          environment.subscribe(snapshot, ({ data }) => show(data.query));
        },
      });
    },
    mutate: ({ name }, variables) =>
      new Promise((onCompleted, onError) => {
        relay.commitMutation(environment, { mutation: artifacts[name], variables, onCompleted, onError });
      }),
    subscribe: ({ name }, onError) =>
      relay.requestSubscription(environment, { subscription: artifacts[name], variables: {}, onError }),
  };
}

test('Relay shows what the page itself has changed', (t) => changesOfOnesOwn(t, newCache, { isFollowing: false }));
test('Relay shows it once when it is told twice', (t) => changesOfOnesOwn(t, newCache, { isFollowing: true }));
test('Relay shows what another tab has changed', (t) => changesElsewhere(t, newCache));
