// The server's own pages in a real browser, on a phone and in the dark.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { launchBrowser, patient } from '../support/browser.mjs';
import { atEnd } from '../support/ending.mjs';
import { BINARY, startServer } from '../support/server.mjs';
import { PATIENCE, within } from '../support/wait.mjs';

const PHONE = { viewport: { width: 360, height: 740 }, colorScheme: 'dark' };

/** Opens `path` in a browser of its own. `seen` collects what went wrong in the page. */
async function open(t, { origin }, path, options = {}) {
  const browser = await launchBrowser(t);
  const context = await browser.newContext({ ...PHONE, ...options });
  const page = patient(await context.newPage());
  const seen = [];
  page.on('console', (message) => message.type() === 'error' && seen.push(`console: ${message.text()}`));
  page.on('pageerror', (error) => seen.push(`exception: ${error.stack}`));
  page.on('request', (request) => request.url().startsWith(origin) || request.url().startsWith('data:') || seen.push(request.url()));
  await page.goto(`${origin}${path}`);
  return { page, context, seen };
}

/** Has a code sent to `address`. */
async function signUp({ origin }, address) {
  const body = new URLSearchParams({ email_address: address, strategy: 'email_code' });
  const response = await fetch(`${origin}/v1/client/sign_ups`, { method: 'POST', body });
  assert.equal(response.status, 200, await response.text());
}

/** How much wider than the window the page is, and how light its background is, from 0 to 1. */
function look() {
  const [red, green, blue] = getComputedStyle(document.body).backgroundColor.match(/[\d.]+/g).map(Number);
  return { overflow: document.documentElement.scrollWidth - innerWidth, light: (red + green + blue) / 765 };
}

test('the inbox shows new mail by itself, its code in one piece, and copies it', async (t) => {
  const server = await startServer(t);
  const { page, context, seen } = await open(t, server, '/dev/inbox');
  assert.match(await page.textContent('main'), /No mail yet/);

  await signUp(server, 'ada.lovelace.of.the.analytical.engine+a-long-tag@mail.mathematics.example.org');
  await page.waitForSelector('article');
  assert.doesNotMatch(await page.textContent('main'), /No mail yet/);
  const code = await page.textContent('article output');
  assert.match(code, /^\d{6}$/);
  const shape = await page.$eval('article output', (output) => {
    const range = document.createRange();
    range.selectNodeContents(output);
    const [line, ...further] = range.getClientRects();
    return { lines: 1 + further.length, right: line.right, size: parseFloat(getComputedStyle(output).fontSize) };
  });
  assert.equal(shape.lines, 1, 'the code is not broken');
  assert.ok(shape.right < 360 && shape.size >= 24, JSON.stringify(shape));
  const { overflow, light } = await page.evaluate(look);
  assert.equal(overflow, 0);
  assert.ok(light < 0.2, `a dark page, and not one of ${light}`);

  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.click('article button');
  await page.waitForSelector('article button.done');
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), code);

  // What somebody has opened stays open when the next message comes.
  await page.click('article summary');
  await signUp(server, 'grace@example.org');
  await page.waitForFunction(() => document.querySelectorAll('article').length === 2);
  assert.deepEqual(
    await page.$$eval('article', (all) => all.map((one) => [one.querySelector('.to').textContent, one.querySelector('details').open])),
    [['grace@example.org', false], ['ada.lovelace.of.the.analytical.engine+a-long-tag@mail.mathematics.example.org', true]],
  );
  assert.match(await page.textContent('article time'), /^(just now|1 minute ago)$/);
  assert.deepEqual(seen, []);
});

test('without scripts the inbox is complete, and by day it is light', async (t) => {
  const server = await startServer(t);
  await signUp(server, 'ada@example.org');
  const { page, seen } = await open(t, server, '/dev/inbox', { javaScriptEnabled: false, colorScheme: 'light' });
  // The page loads itself again until the message is there.
  await page.waitForSelector('article output');
  assert.match(await page.textContent('article output'), /^\d{6}$/);
  assert.equal(await page.isVisible('article button'), false, 'a button that could do nothing is not there');
  assert.deepEqual(seen, []);
});

for (const colorScheme of ['light', 'dark']) {
  test(`the first page fits a phone and names what to paste (${colorScheme})`, async (t) => {
    const server = await startServer(t);
    const { page, context, seen } = await open(t, server, '/', { colorScheme });
    const { overflow, light } = await page.evaluate(look);
    assert.equal(overflow, 0);
    assert.ok(colorScheme === 'dark' ? light < 0.2 : light > 0.8, `${light}`);
    await context.grantPermissions(['clipboard-read', 'clipboard-write']);
    await page.click('button >> nth=0');
    await page.waitForSelector('button.done');
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()), server.publishableKey);
    await page.click('nav >> text=Inbox');
    // The page before has a heading too.
    await page.getByRole('heading', { level: 1, name: /^Inbox of / }).waitFor();
    assert.deepEqual(seen, []);
  });
}

/** Asks again and again until the server serves that instance: it looks each second whether a command has made one. */
async function isServed(origin, live) {
  for (;;) {
    const issuer = await new Promise((resolve, reject) => {
      get(`${origin}/.well-known/openid-configuration`, { headers: { host: new URL(live).host } }, async (answer) => {
        resolve(answer.statusCode === 200 && JSON.parse((await answer.toArray()).join('')).issuer);
      }).on('error', reject);
    });
    if (issuer === live) return;
  }
}

/** A server with a production instance beside its own; returns where that one is. */
async function startProduction(t) {
  const environment = {
    VESTIBULE_DATA_DIR: await mkdtemp(join(tmpdir(), 'vestibule-js-data-')),
    VESTIBULE_MASTER_KEY: randomBytes(32).toString('base64'),
  };
  const { origin } = await startServer(t, environment);
  // Behind the end of the server, which is the first of what is done after the test.
  atEnd(t, () => rm(environment.VESTIBULE_DATA_DIR, { recursive: true, force: true }));
  const live = `http://live.localhost:${new URL(origin).port}`;
  const command = ['instance', 'create', '--slug', 'live', '--environment', 'production', '--origin', live];
  await promisify(execFile)(BINARY, command, { env: environment });
  await within(PATIENCE, 'the server to serve what a command made', isServed(origin, live));
  return { origin: live };
}

for (const colorScheme of ['light', 'dark']) {
  test(`the endpoint of a production instance says where GraphiQL is (${colorScheme})`, async (t) => {
    const server = await startProduction(t);
    const { page, context, seen } = await open(t, server, '/graphql', { colorScheme });
    assert.match(await page.textContent('h1'), /GraphiQL is not here/);
    const { overflow, light } = await page.evaluate(look);
    assert.equal(overflow, 0);
    assert.ok(colorScheme === 'dark' ? light < 0.2 : light > 0.8, `${light}`);
    await context.grantPermissions(['clipboard-read', 'clipboard-write']);
    await page.click('button');
    await page.waitForSelector('button.done');
    const command = await page.evaluate(() => navigator.clipboard.readText());
    const [, url, body] = /^curl (\S+) --json '(.+)'$/.exec(command);
    assert.equal(url, `${server.origin}/graphql`);
    const answer = await page.evaluate(
      async ([url, body]) => {
        const headers = { 'content-type': 'application/json' };
        return (await fetch(url, { method: 'POST', headers, body })).json();
      },
      [url, body],
    );
    assert.equal(typeof answer.data?.environment.applicationName, 'string', JSON.stringify(answer));
    // The browser itself writes down that the page has the status of something that is not here.
    assert.deepEqual(seen.filter((line) => !/^console: Failed to load resource: .* 404 /.test(line)), []);
  });
}
