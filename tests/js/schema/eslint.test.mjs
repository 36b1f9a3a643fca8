// graphql-eslint: Relay's rules, and those that keep caches right.

import assert from 'node:assert/strict';
import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { buildSchema, isObjectType } from 'graphql';
import { WITHOUT_IDENTIFIER, WITHOUT_IDENTIFIER_BY_SUFFIX, rulesFor } from './eslint.config.mjs';
import { SCHEMA, runPackage, workspace } from './workspace.mjs';

/** What is wrong with the schema in a file of the folder, as `rule: line N: words`. */
async function complaints(folder, name) {
  const rules = JSON.stringify(fileURLToPath(new URL('eslint.config.mjs', import.meta.url)));
  const file = JSON.stringify(join(folder, name));
  // In a process of its own, since graphql-eslint reads one schema in the life of a process.
  const config = join(folder, 'eslint.config.mjs');
  await writeFile(config, `import { rulesFor } from ${rules};\nexport default rulesFor(${file});\n`);
  const report = join(folder, 'report.json');
  const args = ['--config', config, '--format', 'json', '--output-file', report, name];
  const failed = await runPackage('eslint', args, { cwd: folder }).then(() => undefined, (failure) => failure);
  const [{ messages }] = JSON.parse(await readFile(report, 'utf8').catch(() => { throw failed; }));
  return messages.map(({ ruleId, line, message }) => `${ruleId?.replace('@graphql-eslint/', '')}: line ${line}: ${message}`);
}

/** A change for each rule that breaks it. */
const FAULTS = {
  'naming-convention': ['\n  jwt: String!\n', '\n  _jwt: String!\n'],
  'relay-arguments': ['\n    first: Int,\n', '\n    first: String,\n'],
  'relay-connection-types': ['\n  pageInfo: PageInfo!\n', '\n  pageInfo: PageInfo\n'],
  'relay-edge-types': ['\n  cursor: String!\n', '\n  cursor: [String!]!\n'],
  'relay-page-info': ['\n  hasNextPage: Boolean!\n', '\n  hasNextPage: Boolean\n'],
  'require-description': [/\n"[^\n]*"\nenum /, '\nenum '],
  'require-field-of-type-query-in-mutation-result': ['\n  query: Query!\n', '\n  query: JSON\n'],
  'require-nullable-fields-with-oneof': ['\n  totp: String\n', '\n  totp: String!\n'],
  'require-nullable-result-in-root': ['\n  ): SignInCreatePayload\n', '\n  ): SignInCreatePayload!\n'],
  'strict-id-in-types': [/\n {2}"[^\n]*"\n {2}id: ID!\n/, '\n'],
};

/** What breaks a rule for a reason, where the rule itself takes no exceptions. */
const EXCEPTIONS = {
  'Unexpected non-null result ID in type "Query"': 'the identifier of the root is a constant: nothing can fail',
  'Unexpected non-null result type "Query" in type "Query"': 'the root is always there, and Relay wants to read below it',
};

test('the schema keeps the rules of graphql-eslint', async (t) => {
  const folder = await workspace(t);
  await copyFile(SCHEMA, join(folder, 'schema.graphql'));
  const found = await complaints(folder, 'schema.graphql');
  const isExcepted = (complaint) => Object.keys(EXCEPTIONS).some((exception) => complaint.endsWith(exception));
  assert.deepEqual(found.filter((complaint) => !isExcepted(complaint)), []);
  assert.equal(found.filter(isExcepted).length, Object.keys(EXCEPTIONS).length, 'an exception that is none any more');
});

test('what breaks a rule is seen', async (t) => {
  const folder = await workspace(t);
  let text = await readFile(SCHEMA, 'utf8');
  for (const [right, wrong] of Object.values(FAULTS)) {
    const broken = text.replace(right, wrong);
    assert.notEqual(broken, text, `the schema has no ${right} to break`);
    text = broken;
  }
  await writeFile(join(folder, 'wrong.graphql'), text);
  const found = new Set((await complaints(folder, 'wrong.graphql')).map((one) => one.split(':')[0]));
  assert.deepEqual([...found].sort(), Object.keys(FAULTS).sort());
});

test('each exception is still one, and says why', async () => {
  const schema = buildSchema(await readFile(SCHEMA, 'utf8'));
  const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
  const without = Object.values(schema.getTypeMap())
    .filter((type) => isObjectType(type) && !type.name.startsWith('__') && !roots.includes(type) && !type.getFields().id)
    .map((type) => type.name);
  for (const [name, reason] of Object.entries(WITHOUT_IDENTIFIER)) {
    assert.ok(without.includes(name), `${name} has an identifier, or is no type any more`);
    assert.ok(reason);
  }
  for (const [suffix, reason] of Object.entries(WITHOUT_IDENTIFIER_BY_SUFFIX)) {
    assert.ok(without.some((name) => name.endsWith(suffix)), `no type without an identifier ends in ${suffix}`);
    assert.ok(reason);
  }
});
