// What GraphiQL's page loads is in the program: the very files that npm has, packed.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { buildSchema, parse, validate } from 'graphql';
import { startServer } from './support/server.mjs';

const FOLDER = new URL('../../src/graphql/graphiql/asset/', import.meta.url);

/** Subresource integrity as browsers compute it. */
function integrityOf(bytes) {
  return `sha384-${createHash('sha384').update(bytes).digest('base64')}`;
}

/** What the page loads, and the hash that it demands. */
function loaded(html) {
  const tags = html.match(/<(?:script|link)[^>]* integrity="[^>]*>/g) ?? [];
  return tags.map((tag) => ({
    url: /(?:src|href)="([^"]+)"/.exec(tag)[1],
    integrity: /integrity="([^"]+)"/.exec(tag)[1],
  }));
}

test('what the page loads has the hash that the page demands, and is the file of the version that scripts/graphiql took', async (t) => {
  const { origin } = await startServer(t);
  const page = await fetch(`${origin}/graphql`, { headers: { accept: 'text/html' } });
  const files = loaded(await page.text());
  assert.equal(files.length, 4, JSON.stringify(files));
  const { packages } = JSON.parse(await readFile(new URL('package-lock.json', FOLDER), 'utf8'));
  for (const { url, integrity } of files) {
    const response = await fetch(`${origin}${url}`);
    assert.equal(response.headers.get('content-encoding'), 'gzip', url);
    const served = Buffer.from(await response.arrayBuffer());
    assert.equal(integrityOf(served), integrity, url);
    const [, name, version, path] = /^\/graphql\/assets\/([^@]+)@([^/]+)\/(.+)$/.exec(url);
    assert.equal(version, packages[`node_modules/${name}`].version, url);
    const written = gunzipSync(await readFile(new URL(`${path.split('/').at(-1)}.gz`, FOLDER)));
    assert.ok(written.equals(served), url);
  }
});

test('the licence of everything that can be in the bundle is kept beside it', async () => {
  const { packages } = JSON.parse(await readFile(new URL('package-lock.json', FOLDER), 'utf8'));
  const licences = await readFile(new URL('LICENSES.txt', FOLDER), 'utf8');
  const paths = Object.keys(packages).filter((path) => path && !path.includes('/@types/'));
  assert.ok(paths.length > 50, `${paths.length}`);
  for (const path of paths) {
    const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
    assert.ok(licences.includes(`\n${name} ${packages[path].version} (`), name);
  }
});

test('GraphiQL, which judges by the rules of graphql-js, finds nothing wrong in its tabs', async () => {
  const schema = buildSchema(await readFile(new URL('../../schema.graphql', import.meta.url), 'utf8'));
  const folder = new URL('../../src/graphql/graphiql/example/', import.meta.url);
  const names = await readdir(folder);
  assert.ok(names.length > 10, `${names.length}`);
  for (const name of names) assert.deepEqual(validate(schema, parse(await readFile(new URL(name, folder), 'utf8'))), [], name);
});
