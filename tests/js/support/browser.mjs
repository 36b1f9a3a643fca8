// A page of an app, in a real browser, that loads the SDK's own bundle from the installed package. Nothing leaves loopback.

import { readFile } from 'node:fs/promises';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { chromium } from 'playwright-core';

const EXECUTABLE = process.env.CHROMIUM ?? '/usr/bin/chromium';
const ARGUMENTS = [
  '--no-sandbox', // Chromium's own sandbox does not start as root, which containers run as
  '--disable-quic',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
const BUNDLES = dirname(createRequire(import.meta.url).resolve('@clerk/clerk-js/dist/clerk.headless.browser.js'));
const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);

/** Serves the page and the SDK's files on a port of its own until `t` ends; returns the page's origin. */
async function serveApp(t, { publishableKey, origin }) {
  const html = `<!doctype html>
<meta charset="utf-8">
<title>App under test</title>
<script src="/sdk/clerk.headless.browser.js"
  data-clerk-publishable-key="${publishableKey}" data-clerk-proxy-url="${origin}"></script>`;
  const app = createServer(async (request, response) => {
    const { pathname } = new URL(request.url, 'http://localhost');
    if (pathname.startsWith('/sdk/')) {
      // The bundle loads its other parts by name from the place it came from.
      const file = await readFile(join(BUNDLES, basename(pathname))).catch(() => null);
      response.writeHead(file ? 200 : 404, { 'content-type': 'text/javascript; charset=utf-8' }).end(file);
    } else if (pathname === '/') {
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(html);
    } else {
      response.writeHead(404).end();
    }
  });
  app.listen(0, '127.0.0.1');
  await once(app, 'listening');
  t.after(() => {
    app.closeAllConnections();
    app.close();
  });
  return `http://localhost:${app.address().port}`;
}

/**
 * Opens the app's page with the SDK loaded against `server`.
 *
 * @returns {Promise<{page: import('playwright-core').Page, appOrigin: string, seen: string[]}>} `seen` collects what went
 *   wrong in the page (console errors, exceptions, alerts, requests kept from leaving) and failed requests
 */
export async function openApp(t, server) {
  const appOrigin = await serveApp(t, server);
  const browser = await chromium.launch({ executablePath: EXECUTABLE, args: ARGUMENTS });
  t.after(() => browser.close());
  const page = await browser.newPage();
  const seen = [];
  page.on('console', (message) => message.type() === 'error' && seen.push(`console: ${message.text()}`));
  page.on('pageerror', (error) => seen.push(`exception: ${error.stack}`));
  page.on('dialog', (dialog) => {
    seen.push(`alert: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('response', async (response) => {
    if (response.status() >= 400) {
      const body = await response.text().catch(() => '');
      seen.push(`${response.status()} ${response.request().method()} ${response.url()} ${body}`);
    }
  });
  await page.route('**/*', (route) => {
    const { hostname } = new URL(route.request().url());
    if (LOOPBACK.has(hostname)) return route.continue();
    seen.push(`kept from leaving: ${route.request().url()}`);
    return route.abort();
  });

  await page.goto(appOrigin);
  await page.evaluate(() => window.Clerk.load({ telemetry: false }));
  return { page, appOrigin, seen };
}
