// The REST face as a browser SDK uses it: GET and POST only, other methods tunnelled, form-encoded bodies.

import assert from 'node:assert/strict';

const VERSIONS = { _clerk_js_version: '5.128.0', __clerk_api_version: '2025-11-10' };

/**
 * A function `(method, path, form, {query, status})` that sends a request and returns the decoded body.
 *
 * With `developmentToken`, requests carry it in the query and follow its rotation, as SDKs do against a development
 * instance; without, the caller's cookies say who it is.
 */
export function newRest(origin, caller, developmentToken) {
  let token = developmentToken;
  return async function send(method, path, form = {}, { query = {}, status = 200 } = {}) {
    const url = new URL(path, origin);
    const tunnelled = method === 'GET' || method === 'POST' ? {} : { _method: method };
    const transport = token ? { __clerk_db_jwt: token } : {};
    url.search = new URLSearchParams({ ...VERSIONS, ...tunnelled, ...transport, ...query });

    const body = new URLSearchParams(form);
    const response = await caller.fetch(
      url,
      method === 'GET'
        ? {}
        : { method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: String(body) },
    );
    const text = await response.text();
    assert.equal(response.status, status, `${method} ${path}: ${text}`);
    assert.equal(response.headers.get('content-type'), 'application/json', `${method} ${path}`);
    token = response.headers.get('clerk-db-jwt') ?? token;
    return JSON.parse(text);
  };
}
