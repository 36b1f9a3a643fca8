// A browser as far as HTTP goes: fetch with a cookie jar and an Origin. Each caller is one client of the server.

import { CookieJar } from 'tough-cookie';

/** Where the app of these tests is said to run: another port of localhost, which development instances allow. */
export const APP_ORIGIN = 'http://localhost:3000';

// Node's own, whatever a test puts in its place for an app that takes itself to be in a browser.
const { fetch } = globalThis;

/**
 * A new caller with no cookies.
 *
 * @returns {{fetch: typeof fetch, cookies: (url: string) => string}} its fetch, and its Cookie header for a URL
 */
export function newCaller() {
  const jar = new CookieJar();
  return {
    cookies: (url) => jar.getCookieStringSync(url),
    async fetch(input, options = {}) {
      const url = String(input);
      const headers = new Headers(options.headers);
      headers.set('origin', APP_ORIGIN);
      const cookie = jar.getCookieStringSync(url);
      if (cookie) headers.set('cookie', cookie);
      const response = await fetch(url, { ...options, headers });
      for (const line of response.headers.getSetCookie()) {
        jar.setCookieSync(line, url);
      }
      return response;
    },
  };
}
