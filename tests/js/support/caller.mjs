// A browser as far as HTTP goes: fetch with a cookie jar and an Origin. Each caller is one client of the server.

import { CookieJar } from 'tough-cookie';

/** Where the app of these tests is said to run: another port of localhost, which development instances allow. */
export const APP_ORIGIN = 'http://localhost:3000';

/**
 * A new caller with no cookies.
 *
 * @returns {{fetch: typeof fetch, cookies: (url: string) => Promise<string>}} its fetch, and its Cookie header for a URL
 */
export function newCaller() {
  const jar = new CookieJar();
  return {
    cookies: (url) => jar.getCookieString(url),
    async fetch(input, options = {}) {
      const url = String(input);
      const headers = new Headers(options.headers);
      headers.set('origin', APP_ORIGIN);
      const cookie = await jar.getCookieString(url);
      if (cookie) headers.set('cookie', cookie);
      const response = await fetch(url, { ...options, headers });
      for (const line of response.headers.getSetCookie()) {
        await jar.setCookie(line, url);
      }
      return response;
    },
  };
}
