// The server's own pages of a development instance in a real browser, on a phone and in the dark.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { launchBrowser, patient } from '../support/browser.mjs';
import { startServer } from '../support/server.mjs';

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
