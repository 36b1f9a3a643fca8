// A manifest as a tool wrote it, set on a server, which then runs each of its queries that needs no variable by its identifier.

import assert from 'node:assert/strict';
import { parse } from 'graphql';
import { startServer } from '../support/server.mjs';

const SET = `mutation ($manifest: JSON!) {
  documentManifestSet(input: { manifest: $manifest }) {
    instance { documentManifest { documentCount } }
    userErrors { code longMessage meta }
  }
}`;

/** Sets the manifest on a server of the test `t`, and runs what can be run of it. */
export async function trust(t, manifest) {
  const { origin, secretKey } = await startServer(t);
  const ask = async (body, headers = {}) => {
    const response = await fetch(`${origin}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
    return response.json();
  };
  const set = await ask({ query: SET, variables: { manifest } }, { authorization: `Bearer ${secretKey}` });
  assert.equal(set.errors, undefined, JSON.stringify(set));
  const { instance, userErrors } = set.data.documentManifestSet;
  assert.deepEqual(userErrors, []);
  assert.equal(instance.documentManifest.documentCount, Object.keys(manifest).length);
  let ran = 0;
  for (const [documentId, text] of Object.entries(manifest)) {
    const operation = parse(text).definitions.find(({ kind }) => kind === 'OperationDefinition');
    if (operation.operation !== 'query' || operation.variableDefinitions.some(({ type }) => type.kind === 'NonNullType')) continue;
    const [named, sent] = [await ask({ documentId }), await ask({ query: text })];
    assert.deepEqual(named.data, sent.data, text);
    assert.deepEqual(named.errors?.map(({ message }) => message), sent.errors?.map(({ message }) => message));
    ran += 1;
  }
  assert.ok(ran > 0, 'none of the documents was run');
}
