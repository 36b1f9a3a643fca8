// Hasura's metadata in docs/graphql/hasura: current, a part of the schema for each role, and nothing in it that needs a secret key.
// Hasura itself cannot be installed here; what it demands of a role's schema is held by its documentation.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { buildSchema, isInterfaceType, isObjectType, isUnionType, parse, visit } from 'graphql';
import { ROLES, metadata } from './hasura.mjs';
import { SCHEMA } from './workspace.mjs';

const COMMITTED = new URL('../../../docs/graphql/hasura/metadata.json', import.meta.url);
const PRESET = 'directive @preset(value: String) on ARGUMENT_DEFINITION\n';

/** Each place of a schema by its path, with its type: `Query.session(id:)`. */
function places(schema) {
  const found = new Map();
  for (const type of Object.values(schema.getTypeMap()).filter(({ name }) => !name.startsWith('__'))) {
    found.set(type.name, type.astNode?.kind ?? 'built in');
    for (const field of Object.values(type.getFields?.() ?? {})) {
      found.set(`${type.name}.${field.name}`, `${field.type}`);
      for (const { name, type: of, defaultValue } of field.args ?? []) {
        found.set(`${type.name}.${field.name}(${name}:)`, `${of} = ${JSON.stringify(defaultValue)}`);
      }
    }
    for (const { name } of type.getValues?.() ?? []) found.set(`${type.name}.${name}`, 'a value');
    for (const { name } of type.getInterfaces?.() ?? []) found.set(`${type.name} implements ${name}`, 'so');
  }
  return found;
}

/** The paths of a part that are not in the whole, or are something else there. */
function beyond(part, whole) {
  const known = places(whole);
  return [...places(part)].filter(([path, of]) => known.get(path) !== of).map(([path]) => path);
}

/** What needs a secret key: fields by their comment, and what nothing else leads to. */
function forSecretKeys(schema) {
  const isOpen = ({ description }) => !description?.includes('Needs a secret key.');
  const reached = new Set();
  const open = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
  const named = (type) => schema.getType(String(type).replaceAll(/[[\]!]/g, ''));
  while (open.length > 0) {
    const type = open.pop();
    if (!type || reached.has(type.name) || !isOpen(type)) continue;
    reached.add(type.name);
    for (const field of Object.values(type.getFields?.() ?? {}).filter(isOpen)) {
      open.push(named(field.type), ...(field.args ?? []).map((argument) => named(argument.type)));
    }
    open.push(...(type.getInterfaces?.() ?? []));
    if (isInterfaceType(type) || isUnionType(type)) open.push(...schema.getPossibleTypes(type));
  }
  const hidden = Object.values(schema.getTypeMap()).flatMap((type) => {
    if (!reached.has(type.name)) return type.name.startsWith('__') ? [] : [type.name];
    return Object.values(type.getFields?.() ?? {}).filter((field) => !isOpen(field)).map(({ name }) => `${type.name}.${name}`);
  });
  return new Set(hidden.filter((path) => !['String', 'Int', 'Boolean', 'Float', 'ID'].includes(path)));
}

const whole = buildSchema(await readFile(SCHEMA, 'utf8'));
const { args: [added, ...permissions] } = JSON.parse(await readFile(COMMITTED, 'utf8'));

test('the committed metadata is current', async () => {
  assert.equal(await readFile(COMMITTED, 'utf8'), await metadata(), 'run scripts/hasura and commit what it writes');
});

test('the remote schema forwards the token of who asks, has no key of its own, and prefixes what tables may be called too', () => {
  const { name, definition } = added.args;
  assert.equal(added.type, 'add_remote_schema');
  assert.equal(definition.forward_client_headers, true);
  assert.equal(definition.headers, undefined, 'headers of the configuration win over those of who asks');
  assert.equal(definition.url, undefined);
  assert.match(definition.customization.type_names.prefix, /^[A-Z]\w*$/);
  assert.match(definition.customization.root_fields_namespace, /^[a-z]\w*$/);
  assert.deepEqual(permissions.map(({ type, args }) => [type, args.remote_schema, args.role]), Object.keys(ROLES).map((role) => (
    ['add_remote_schema_permissions', name, role])));
});

for (const { args: { role, definition } } of permissions) {
  test(`what the role ${role} sees is a part of the schema, whole in itself and without what needs a secret key`, () => {
    const part = buildSchema(PRESET + definition.schema);
    assert.deepEqual(beyond(part, whole), []);
    const hidden = forSecretKeys(whole);
    for (const path of ['Query.instance', 'Query._entities', 'Query._service', 'User.privateMetadata', 'InstanceSettings', '_Any']) {
      assert.ok(hidden.has(path), `${path} needs a secret key`);
    }
    assert.deepEqual([...places(part).keys()].filter((path) => hidden.has(path)), []);
    assert.deepEqual([part.getMutationType(), part.getSubscriptionType()], [undefined, undefined], 'session tokens do neither');

    // Hasura knows this directive of a role's schema, and no other one.
    const directives = [];
    visit(parse(definition.schema), { Directive: (node) => void directives.push(node) });
    for (const { name, arguments: [value] } of directives) {
      assert.equal(name.value, 'preset');
      assert.match(value.value.value, /^x-hasura-[a-z-]+$/);
    }
    for (const type of Object.values(part.getTypeMap()).filter((one) => isObjectType(one) && one !== part.getQueryType())) {
      assert.ok(Object.keys(type.getFields()).length > 0, type.name);
    }
  });
}

test('who is signed in names no session but that of their token', () => {
  const { args } = permissions.find(({ args: { role } }) => role === 'user');
  assert.match(args.definition.schema, /^ {2}session\(id: ID @preset\(value: "x-hasura-session-id"\)\): Session$/m);
});

test('what a role has that the schema has not is seen', () => {
  const part = buildSchema('type Query { viewer: User! session(id: ID!): Session } type User { id: ID! age: Int } type Session { id: ID! }');
  assert.deepEqual(beyond(part, whole).sort(), ['Query.session(id:)', 'Query.viewer', 'User.age']);
});
