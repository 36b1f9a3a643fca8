// The pages of docs/graphql about Apollo Client, urql and Relay, with the files as they stand on them, in a browser and without one.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { copyFile, readFile, readdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { ApolloProvider } from '@apollo/client/react';
import { buildSchema, isListType, isNonNullType, isObjectType, isAbstractType } from 'graphql';
import { Suspense, createElement } from 'react';
import relay from 'react-relay';
import compiler from 'relay-compiler';
import { Provider, gql } from 'urql';
import { newCaller } from './support/caller.mjs';
import { atEnd } from './support/ending.mjs';
import { BACKEND_SCHEMA } from './support/pages-backend.mjs';
import { goThrough, meetsObstacles, recovers } from './support/pages-journey.mjs';
import { blocksOf, unpack } from './support/pages.mjs';
import { startServer } from './support/server.mjs';

const SCHEMA = new URL('../../schema.graphql', import.meta.url);
// What is beside the file that native-clients.md has in place of a page's own.
const NATIVE_PAGES = ['subscriptions.md', 'native-clients.md'];
const NATIVE_FILES = ['native-fetch.mjs', 'client-token.mjs', 'native-socket.mjs'];

const load = (folder, name) => import(pathToFileURL(join(folder, name)));

/** The headers by which another program is the client whose token the files of native-clients.md keep. */
const credentialsOf = async (folder) => {
  const { clientToken } = await load(folder, 'client-token.mjs');
  return async () => ({ 'vestibule-native': '1', authorization: await clientToken.read() });
};

/** How the files of each page are loaded, those that stand for a browser's file being in their place by then. */
const LIBRARIES = {
  'apollo.md': (t) => async (folder) => {
    const { backend, readPosts } = await load(folder, 'backend.mjs');
    const { vestibule } = await load(folder, 'vestibule.mjs');
    atEnd(t, () => [backend, vestibule].map((client) => client.stop()));
    const { useAccount } = await load(folder, 'use-account.mjs');
    const { wentWrong } = await load(folder, 'went-wrong.mjs');
    return { useAccount, readPosts, wentWrong, surround: (page) => createElement(ApolloProvider, { client: backend }, page) };
  },
  'urql.md': () => async (folder) => {
    const { vestibule } = await load(folder, 'vestibule.mjs');
    const { readPosts } = await load(folder, 'backend.mjs');
    const { useAccount } = await load(folder, 'use-account.mjs');
    const { wentWrong } = await load(folder, 'went-wrong.mjs');
    return { useAccount, readPosts, wentWrong, surround: (page) => createElement(Provider, { value: vestibule }, page) };
  },
  'relay.md': () => async (folder) => {
    await copyFile(SCHEMA, join(folder, 'vestibule.graphql'));
    await writeFile(join(folder, 'backend.graphql'), BACKEND_SCHEMA);
    await rename(join(folder, 'session-token.mjs'), join(folder, 'src/account/session-token.mjs'));
    await promisify(execFile)(compiler, ['relay.config.json'], { cwd: folder });
    await Promise.all(['account', 'posts'].map((name) => putArtifacts(join(folder, 'src', name))));
    const { vestibule } = await load(folder, 'src/account/vestibule.js');
    const { readPosts } = await load(folder, 'src/posts/backend.js');
    const { useAccount } = await load(folder, 'src/account/Account.js');
    const { wentWrong } = await load(folder, 'src/account/went-wrong.js');
    const surround = (page) => {
      const waiting = createElement(Suspense, { fallback: null }, page);
      return createElement(relay.RelayEnvironmentProvider, { environment: vestibule }, waiting);
    };
    return { useAccount, readPosts, wentWrong, surround };
  },
};

/** The file of native-clients.md for each page, and the one in whose place it is. */
const NATIVE = {
  'apollo.md': ['vestibule.apollo.mjs', 'vestibule.mjs'],
  'urql.md': ['vestibule.urql.mjs', 'vestibule.mjs'],
  'relay.md': ['vestibule.relay.js', 'src/account/vestibule.js'],
};

for (const [page, library] of Object.entries(LIBRARIES)) {
  test(`${page} keeps what it promises, and its library remarks on nothing`, async (t) => {
    const warn = t.mock.method(console, 'warn');
    await goThrough(t, [page], library(t));
    assert.deepEqual(warn.mock.calls.map(({ arguments: told }) => told), []);
  });

  test(`${page} leads through a second factor, and says what goes wrong`, (t) => meetsObstacles(t, [page], library(t)));

  test(`${page} has no request wait for a server that was down`, (t) => recovers(t, [page], library(t)));

  test(`${page} keeps its promises without a browser, too`, (t) =>
    goThrough(t, [page, ...NATIVE_PAGES], async (folder) => {
      const [own, place] = NATIVE[page];
      await rename(join(folder, own), join(folder, place));
      const beside = place.split('/').slice(0, -1).join('/');
      if (beside) await Promise.all(NATIVE_FILES.map((name) => rename(join(folder, name), join(folder, beside, name))));
      return { ...(await library(t)(folder)), credentials: await credentialsOf(join(folder, beside)) };
    }, true));
}

/** The types of the schema that graphcache finds without an identifier: those that are answered without a secret key. */
function typesWithoutId(schema) {
  const found = new Set();
  const ofSecretKeys = ['Instance', 'InstanceSettings'];
  const reach = (type) => {
    if (isNonNullType(type) || isListType(type)) return reach(type.ofType);
    if (isAbstractType(type)) return schema.getPossibleTypes(type).forEach(reach);
    if (!isObjectType(type) || found.has(type) || ofSecretKeys.includes(type.name)) return undefined;
    found.add(type);
    return Object.values(type.getFields()).forEach((field) => reach(field.type));
  };
  [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()].forEach(reach);
  const roots = ['Mutation', 'Subscription'];
  // Roots, payloads and connections graphcache knows by themselves.
  const named = [...found].filter((type) => !type.getFields().id && !/^_|PageInfo$|(?:Connection|Edge|Payload)$/.test(type.name));
  return named.map(({ name }) => name).filter((name) => !roots.includes(name)).sort();
}

test('urql.md names every type without an identifier, so graphcache remarks on nothing', async (t) => {
  const server = await startServer(t);
  const { text } = (await blocksOf('urql.md')).find(({ name }) => name === 'vestibule.mjs');
  const [, list] = /const keyless = \[(.*?)\];/s.exec(text);
  assert.deepEqual([...list.matchAll(/'(\w+)'/g)].map(([, name]) => name), typesWithoutId(buildSchema(await readFile(SCHEMA, 'utf8'))));

  const own = globalThis.fetch;
  atEnd(t, () => (globalThis.fetch = own));
  globalThis.fetch = newCaller().fetch;
  const warn = t.mock.method(console, 'warn', () => {});
  const { vestibule } = await load(await unpack(t, ['urql.md'], server), 'vestibule.mjs');
  const { error } = await vestibule.query(
    gql`query Everything {
      environment {
        id
        attributes { emailAddress { enabled } username { enabled } password { enabled } }
        password { minLength }
        urls { homeUrl }
        username { minLength }
      }
    }`,
    {},
  );
  assert.equal(error, undefined);
  assert.deepEqual(warn.mock.calls.map(({ arguments: told }) => told), []);
});

/** What an app's bundler does by the plugin of Babel, SWC or the like: each tag becomes the artifact of its name. */
async function putArtifacts(folder) {
  for (const name of (await readdir(folder)).filter((file) => file.endsWith('.js'))) {
    const imports = [];
    const text = (await readFile(join(folder, name), 'utf8')).replaceAll(/graphql`\s*\w+ (\w+)[^`]*`/g, (_, artifact) => {
      imports.push(`import ${artifact} from './__generated__/${artifact}.graphql.js';\n`);
      return artifact;
    });
    assert.ok(!text.includes('graphql`'));
    await writeFile(join(folder, name), imports.join('') + text);
  }
}
