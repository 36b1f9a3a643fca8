// A page of an app, in a real browser, that loads the SDK's own bundle from the installed package. Nothing leaves loopback.

import { readFile } from 'node:fs/promises';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { atEnd } from './ending.mjs';
import { isLoopback } from './recorded.mjs';
import { PATIENCE } from './wait.mjs';

const EXECUTABLE = process.env.CHROMIUM ?? '/usr/bin/chromium';
const ARGUMENTS = [
  '--no-sandbox', // Chromium's own sandbox does not start as root, which containers run as
  '--disable-quic',
];
const OFF_THE_NET = [
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // What a redirect or a worker asks for is not seen by the route below, so no other name is found at all.
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE *.localhost, EXCLUDE 127.0.0.1',
];

/** Where the packages of these tests are installed. */
export const MODULES = fileURLToPath(new URL('../node_modules', import.meta.url));
// The bundles that apps load into pages, by generation.
const GENERATIONS = {
  3: ['clerk-js-3', 'clerk.headless.browser.js'],
  4: ['clerk-js-4', 'clerk.headless.browser.js'],
  5: ['clerk-js-5', 'clerk.headless.browser.js'],
  6: ['@clerk/clerk-js', 'clerk.browser.js'],
};

/** The folder of a generation's bundle and its name there. */
function bundleOf(generation) {
  const [name, file] = GENERATIONS[generation];
  return [join(MODULES, name, 'dist'), file];
}

function escaped(attributes) {
  return Object.entries(attributes)
    .map(([name, value]) => `${name}="${value.replaceAll('&', '&amp;').replaceAll('"', '&quot;')}"`)
    .join(' ');
}

/** Starts a browser that ends with the test `t`. */
export async function launchBrowser(t, args = []) {
  const browser = await chromium.launch({
    executablePath: EXECUTABLE,
    args: [...ARGUMENTS, ...args],
    timeout: PATIENCE * 1000,
  });
  atEnd(t, () => browser.close());
  return browser;
}

/** Lets the page take its time, on a machine that is slow and busy too. */
export function patient(page) {
  page.setDefaultTimeout(PATIENCE * 1000);
  return page;
}

/** Serves an app's page of this HTML and the files of `folder` until `t` ends; returns the page's origin. */
export async function serveApp(t, html, { folder, tls } = {}) {
  const answer = async (request, response) => {
    const { pathname } = new URL(request.url, 'http://localhost');
    if (folder && pathname.startsWith('/sdk/')) {
      // The bundle loads its other parts by name from the place it came from.
      const file = await readFile(join(folder, basename(pathname))).catch(() => null);
      response.writeHead(file ? 200 : 404, { 'content-type': 'text/javascript; charset=utf-8' }).end(file);
    } else if (pathname === '/') {
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(html);
    } else {
      response.writeHead(404).end();
    }
  };
  const app = tls ? createTlsServer(tls, answer) : createServer(answer);
  app.listen(0, '127.0.0.1');
  await once(app, 'listening');
  atEnd(t, () => {
    app.closeAllConnections();
    app.close();
  });
  const { port } = app.address();
  return tls ? `https://app.localhost:${port}` : `http://localhost:${port}`;
}

/**
 * Opens an empty page in a browser of its own.
 *
 * @returns {Promise<{page: import('playwright-core').Page, seen: string[], requested: Set<string>}>} `seen` collects what
 *   went wrong in the browser's pages (console errors, exceptions, alerts, requests kept from leaving, failed requests),
 *   `requested` every URL that was asked for, redirects included
 */
export async function openBrowser(t) {
  const browser = await launchBrowser(t, OFF_THE_NET);
  const context = await browser.newContext({ ignoreHTTPSErrors: true });
  const page = patient(await context.newPage());
  const seen = [];
  const requested = new Set();
  context.on('console', (message) => message.type() === 'error' && seen.push(`console: ${message.text()}`));
  context.on('weberror', (error) => seen.push(`exception: ${error.error().stack}`));
  context.on('dialog', (dialog) => {
    seen.push(`alert: ${dialog.message()}`);
    void dialog.dismiss();
  });
  context.on('response', async (response) => {
    if (response.status() >= 400) {
      const body = await response.text().catch(() => '');
      seen.push(`${response.status()} ${response.request().method()} ${response.url()} ${body}`);
    }
  });
  context.on('request', (request) => /^(https?|wss?):/.test(request.url()) && requested.add(request.url()));
  await context.route('**/*', (route) => {
    const url = new URL(route.request().url());
    if (!url.protocol.startsWith('http') || isLoopback(url.hostname)) return route.continue();
    seen.push(`kept from leaving: ${url}`);
    return route.abort();
  });
  return { page, seen, requested };
}

/**
 * Opens the app's page with an SDK of that generation loaded against `server`: by the printed key and proxy URL or, with
 * `keyAlone`, by nothing but the key, from which SDKs derive addresses by https. Generation 3 knows no such keys: it is told
 * a host.
 */
export async function openApp(t, server, { generation = 5, keyAlone = false, tls } = {}) {
  const [folder, file] = bundleOf(generation);
  const attributes =
    generation === 3
      ? { 'data-clerk-frontend-api': `clerk.app.localhost:${new URL(server.origin).port}` }
      : {
          'data-clerk-publishable-key': server.publishableKey,
          ...(keyAlone ? {} : { 'data-clerk-proxy-url': server.origin }),
        };
  const html = `<!doctype html>
<meta charset="utf-8">
<title>App under test</title>
<script src="/sdk/${file}" ${escaped(attributes)}></script>`;
  const appOrigin = await serveApp(t, html, { folder, tls });
  const { page, seen, requested } = await openBrowser(t);
  await page.goto(appOrigin);
  await page.evaluate(() => window.Clerk.load({ telemetry: false }));
  return { page, appOrigin, seen, requested };
}

/** The error with what was seen in the page and asked for, as far as it came. */
export async function explained(error, { page, seen, requested }, more = '') {
  const shown = await page.innerText('body').catch(() => '');
  const parts = [
    ['at', page.url()],
    ['seen in the page', seen.join('\n')],
    ['requested', [...requested].join('\n')],
    ['shown', shown],
    ['said', more],
  ];
  const told = parts.map(([name, text]) => `-- ${name}\n${text || '(nothing)'}`).join('\n');
  return new Error(`${error.message}\n${told}`, { cause: error });
}
