// graphql-inspector: what breaks clients of the last release is named in the changelog, or does not happen.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { ChangeType, CriticalityLevel, diff } from '@graphql-inspector/core';
import { buildSchema, isNonNullType } from 'graphql';
import { SCHEMA } from './workspace.mjs';

/**
 * The schema of the last release; it is written over with `schema.graphql` when a release is made, and by nothing else. While there
 * is no release, the schema that the first users found.
 */
const RELEASED = new URL('released.graphql', import.meta.url);
const CHANGELOG = new URL('../../../CHANGELOG.md', import.meta.url);

/** What the changelog says of the time since the last release: all below `## Unreleased`, up to the next version. */
function unreleased(changelog) {
  const [, section] = changelog.split(/^## Unreleased$/m);
  assert.ok(section !== undefined, 'the changelog has no section `## Unreleased`');
  return section.split(/^## /m)[0];
}

/** Whether what may be left out of an input must be given now: to graphql-inspector a default that is gone is merely dangerous. */
function becameRequired(schema, { type, path }) {
  const [of, name, argument] = path.split('.');
  const place = {
    [ChangeType.FieldArgumentDefaultChanged]: () => schema.getType(of).getFields()[name].args.find((one) => one.name === argument),
    [ChangeType.InputFieldDefaultValueChanged]: () => schema.getType(of).getFields()[name],
  }[type]?.();
  return place !== undefined && isNonNullType(place.type) && place.defaultValue === undefined;
}

/**
 * The changes that break clients and are not named: a change's path (`SignIn.expireAt`, `Query.devInbox.to`, `Strategy.TOTP`, the
 * name of a type that is gone) stands in the section between backticks, as it is.
 */
async function silentlyBroken(before, after, changelog) {
  const section = unreleased(changelog);
  const present = buildSchema(after);
  const changes = await diff(buildSchema(before), present);
  return changes
    .filter((change) => change.criticality.level === CriticalityLevel.Breaking || becameRequired(present, change))
    .filter(({ path }) => !section.includes(`\`${path}\``))
    .map(({ path, message }) => `${path}: ${message}`);
}

test('each change that breaks clients of the last release is named in the changelog', async () => {
  const [before, after, changelog] = await Promise.all([RELEASED, SCHEMA, CHANGELOG].map((file) => readFile(file, 'utf8')));
  const broken = await silentlyBroken(before, after, changelog);
  assert.deepEqual(broken, [], 'name these paths under "Unreleased" in CHANGELOG.md, between backticks, or do not break them');
});

test('a change that breaks clients is told by its path, whatever older releases say of it', async () => {
  const before = `
    type Query { viewer(id: ID, kind: Kind): User, old: Old }
    type User { id: ID!, name: String!, shoeSize: Int }
    type Old { id: ID! }
    enum Kind { SMALL LARGE }
    input Filter { to: String, limit: Int! = 20, page: Int! = 1 }
    type Mutation { find(input: Filter): User, end(input: Filter! = {}): User }`;
  const after = `
    type Query { viewer(kind: Kind): User }
    type User { id: ID!, name: String }
    enum Kind { LARGE }
    input Filter { to: String, limit: Int!, page: Int! = 2, from: String! }
    type Mutation { find(input: Filter!): User, end(input: Filter!): User, other: User }`;
  const paths = async (changelog) => (await silentlyBroken(before, after, changelog)).map((one) => one.split(':')[0]).sort();
  const all = [
    'Filter.from', 'Filter.limit', 'Kind.SMALL', 'Mutation.end.input', 'Mutation.find.input', 'Old', 'Query.old', 'Query.viewer.id',
    'User.name', 'User.shoeSize',
  ];

  assert.deepEqual(await paths('## Unreleased\n\n- Nothing.\n\n## 1.0.0\n\n- `User.shoeSize` is gone.\n'), all);
  assert.deepEqual(
    await paths('## Unreleased\n\n- `User.shoeSize` and `User.name` are gone,\n  Kind.SMALL too.\n- `Query.viewer.id`\n'),
    all.filter((path) => !['User.shoeSize', 'User.name', 'Query.viewer.id'].includes(path)),
  );
  await assert.rejects(paths('# Changelog\n'), /no section/);
});
