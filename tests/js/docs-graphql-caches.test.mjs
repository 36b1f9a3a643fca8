// The pages of docs/graphql about Apollo Client, urql and Relay, with the files as they stand on them.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { copyFile, readFile, readdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { ApolloProvider } from '@apollo/client/react';
import { Suspense, createElement } from 'react';
import relay from 'react-relay';
import compiler from 'relay-compiler';
import { Provider } from 'urql';
import { BACKEND_SCHEMA } from './support/pages-backend.mjs';
import { goThrough } from './support/pages-journey.mjs';

const SCHEMA = new URL('../../schema.graphql', import.meta.url);

const load = (folder, name) => import(pathToFileURL(join(folder, name)));

test('the page about Apollo Client keeps what it promises', (t) =>
  goThrough(t, 'apollo.md', async (folder) => {
    const { backend, readPosts } = await load(folder, 'backend.mjs');
    const { vestibule } = await load(folder, 'vestibule.mjs');
    t.after(() => [backend, vestibule].map((client) => client.stop()));
    const { useAccount } = await load(folder, 'use-account.mjs');
    return { useAccount, readPosts, surround: (page) => createElement(ApolloProvider, { client: backend }, page) };
  }));

test('the page about urql keeps what it promises', (t) =>
  goThrough(t, 'urql.md', async (folder) => {
    const { vestibule } = await load(folder, 'vestibule.mjs');
    const { readPosts } = await load(folder, 'backend.mjs');
    const { useAccount } = await load(folder, 'use-account.mjs');
    return { useAccount, readPosts, surround: (page) => createElement(Provider, { value: vestibule }, page) };
  }));

test('the page about Relay keeps what it promises', (t) =>
  goThrough(t, 'relay.md', async (folder) => {
    await copyFile(SCHEMA, join(folder, 'vestibule.graphql'));
    await writeFile(join(folder, 'backend.graphql'), BACKEND_SCHEMA);
    await rename(join(folder, 'session-token.mjs'), join(folder, 'src/account/session-token.mjs'));
    await promisify(execFile)(compiler, ['relay.config.json'], { cwd: folder });
    await Promise.all(['account', 'posts'].map((name) => putArtifacts(join(folder, 'src', name))));
    const { vestibule } = await load(folder, 'src/account/vestibule.js');
    const { readPosts } = await load(folder, 'src/posts/backend.js');
    const { useAccount } = await load(folder, 'src/account/Account.js');
    const surround = (page) => {
      const waiting = createElement(Suspense, { fallback: null }, page);
      return createElement(relay.RelayEnvironmentProvider, { environment: vestibule }, waiting);
    };
    return { useAccount, readPosts, surround };
  }));

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
