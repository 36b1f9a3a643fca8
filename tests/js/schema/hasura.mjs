// Writes Hasura's metadata for the server as a remote schema: what each role sees of schema.graphql.
//
// `node hasura.mjs` prints it; scripts/hasura writes it to docs/graphql/hasura/metadata.json.

import { pathToFileURL } from 'node:url';
import { readFile } from 'node:fs/promises';
import {
  buildSchema, getNamedType, isEnumType, isInputObjectType, isInterfaceType, isObjectType, isSpecifiedScalarType, isUnionType, print,
  astFromValue,
} from 'graphql';
import { SCHEMA } from './workspace.mjs';

/** What the comment says of what Hasura must not show to anybody. */
const FOR_SECRET_KEYS = 'Needs a secret key.';

/**
 * The roots that a role reads, by the session token that Hasura forwards, and the fields below them that it does not. Mutations are
 * refused to session tokens, so no role has any.
 */
export const ROLES = {
  anonymous: { roots: { environment: {} }, without: [] },
  user: {
    roots: {
      environment: {},
      // Whoever is signed in has one session that they may name: the one of their token.
      session: { id: 'x-hasura-session-id' },
      viewer: {},
    },
    // A client is for the browser or device that has it, and a token is its session's own business.
    without: ['Session.client', 'Session.lastActiveToken'],
  },
};

/** How Hasura reaches the server, and what it calls types and roots. */
const DEFINITION = {
  url_from_env: 'VESTIBULE_GRAPHQL_URL',
  // The session token of who asks. There is no key here: headers of the configuration win over those of who asks.
  forward_client_headers: true,
  timeout_seconds: 10,
  customization: { root_fields_namespace: 'auth', type_names: { prefix: 'Auth' } },
};

/** The schema of a role, as Hasura takes it: a part of the whole by the schema's own names, with presets and no other directive. */
export function schemaOf(schema, { roots, without }) {
  const query = schema.getQueryType();
  const isShown = (type) => (field) =>
    (type === query ? Object.hasOwn(roots, field.name) : getNamedType(field.type) !== query) &&
    !field.description?.includes(FOR_SECRET_KEYS) && !without.includes(`${type.name}.${field.name}`);
  const shownOf = (type) => Object.values(type.getFields()).filter(isShown(type));

  const found = new Set();
  const open = [query];
  while (open.length > 0) {
    const type = open.pop();
    if (found.has(type) || isSpecifiedScalarType(type)) continue;
    found.add(type);
    if (isInputObjectType(type)) open.push(...Object.values(type.getFields()).map((field) => getNamedType(field.type)));
    if (isUnionType(type)) open.push(...type.getTypes());
    if (isObjectType(type) || isInterfaceType(type)) {
      for (const field of shownOf(type)) open.push(...[field, ...field.args].map((typed) => getNamedType(typed.type)));
      open.push(...type.getInterfaces());
    }
    // Objects that nothing but `Node` leads to are none of the role's.
    if (isInterfaceType(type) && type.name !== 'Node') open.push(...schema.getPossibleTypes(type));
  }

  const preset = (type, field, argument) => {
    const variable = type === query && roots[field.name][argument.name];
    return variable ? ` @preset(value: "${variable}")` : '';
  };
  const argumentOf = (type, field) => (argument) => {
    const value = argument.defaultValue === undefined ? '' : ` = ${print(astFromValue(argument.defaultValue, argument.type))}`;
    return `${argument.name}: ${argument.type}${value}${preset(type, field, argument)}`;
  };
  const block = (head, lines) => `${head} {\n${lines.map((line) => `  ${line}\n`).join('')}}\n`;
  const written = [...found].sort((one, other) => (one.name < other.name ? -1 : 1)).map((type) => {
    if (isObjectType(type) || isInterfaceType(type)) {
      const interfaces = type.getInterfaces().map(({ name }) => name).join(' & ');
      const head = `${isObjectType(type) ? 'type' : 'interface'} ${type.name}${interfaces && ` implements ${interfaces}`}`;
      return block(head, shownOf(type).map((field) => {
        const list = field.args.map(argumentOf(type, field)).join(', ');
        return `${field.name}${list && `(${list})`}: ${field.type}`;
      }));
    }
    if (isEnumType(type)) return block(`enum ${type.name}`, type.getValues().map(({ name }) => name));
    if (isInputObjectType(type)) return block(`input ${type.name}`, Object.values(type.getFields()).map(argumentOf(type, type)));
    if (isUnionType(type)) return `union ${type.name} = ${type.getTypes().map(({ name }) => name).join(' | ')}\n`;
    return `scalar ${type.name}\n`;
  });
  return ['schema {\n  query: Query\n}\n', ...written].join('\n');
}

/** The requests that set Hasura up, as one for `/v1/metadata`. */
export async function metadata() {
  const schema = buildSchema(await readFile(SCHEMA, 'utf8'));
  const permissions = Object.entries(ROLES).map(([role, seen]) => ({
    type: 'add_remote_schema_permissions',
    args: { remote_schema: 'vestibule', role, definition: { schema: schemaOf(schema, seen) } },
  }));
  const added = { type: 'add_remote_schema', args: { name: 'vestibule', definition: DEFINITION } };
  return `${JSON.stringify({ type: 'bulk', args: [added, ...permissions] }, undefined, 2)}\n`;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) process.stdout.write(await metadata());
