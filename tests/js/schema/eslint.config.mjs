// What graphql-eslint demands of the schema. Each exception says why it is one; eslint.test.mjs asks whether it is still needed.

import graphql from '@graphql-eslint/eslint-plugin';
import { SCHEMA } from './workspace.mjs';

/** Object types that have no identifier, and why a cache keeps them within the object that shows them. */
export const WITHOUT_IDENTIFIER = {
  AttributeSet: 'a part of the environment and of the settings',
  CodeVerification: 'how a flow or an address stands just now; it is replaced with its parent',
  DocumentManifest: 'how many documents an instance trusts: a part of it',
  FirstFactor: 'an offer of a sign-in: the same one may be made by another sign-in in other words',
  PageInfo: 'where a page ends',
  PasswordVerification: 'how a flow stands just now; it is replaced with its parent',
  Paths: 'a part of the environment',
  SecondFactor: 'an offer of a sign-in',
  SignInUserData: 'how to greet somebody who has not proven who they are: it must not lead to the user',
  SignUpVerification: 'how a sign-up stands just now; it is replaced with its parent',
  SignUpVerifications: 'a part of a sign-up',
  Token: 'a value: each that is made is another one',
  UserError: 'a part of an answer',
  VerificationError: 'a part of a verification',
  _Service: 'the schema for a gateway, which keeps nothing of it',
};

/** The same of every type whose name ends so. */
export const WITHOUT_IDENTIFIER_BY_SUFFIX = {
  Attribute: 'a part of the environment and of the settings',
  Connection: 'a page of a list: Relay keeps it by the key of `@connection`, other caches by the arguments',
  Edge: 'a place in a list; its node has an identifier',
  Payload: 'what came of one mutation',
  Rules: 'a part of the environment and of the settings',
  Settings: 'a section of `InstanceSettings`, which has an identifier',
  Theme: 'a part of the settings',
};

/** The names that federation prescribes. */
const FEDERATION = '^_(Any|Entity|Service|entities|service)$';

/** The rules for the schema in a file. */
export const rulesFor = (schema) => [{
  files: ['**/*.graphql'],
  plugins: { '@graphql-eslint': graphql },
  languageOptions: { parser: graphql.parser, parserOptions: { graphQLConfig: { schema } } },
  linterOptions: { reportUnusedDisableDirectives: 'error' },
  rules: {
    '@graphql-eslint/relay-arguments': 'error',
    '@graphql-eslint/relay-connection-types': 'error',
    // Lists that are bounded by nature (a user's addresses, what is offered, what was wrong with an input) stay lists, and a
    // connection shows its `nodes` beside its edges. What grows without end is a connection, and those are held to the rest.
    '@graphql-eslint/relay-edge-types': ['error', {
      listTypeCanWrapOnlyEdgeType: false,
      shouldImplementNode: true,
      withEdgeSuffix: true,
    }],
    '@graphql-eslint/relay-page-info': 'error',
    '@graphql-eslint/require-field-of-type-query-in-mutation-result': 'error',
    '@graphql-eslint/require-nullable-result-in-root': 'error',
    '@graphql-eslint/require-nullable-fields-with-oneof': 'error',
    '@graphql-eslint/strict-id-in-types': ['error', {
      exceptions: { types: Object.keys(WITHOUT_IDENTIFIER), suffixes: Object.keys(WITHOUT_IDENTIFIER_BY_SUFFIX) },
    }],
    // `input` alone is what a mutation takes, of a type that is called like it.
    '@graphql-eslint/input-name': ['error', { checkInputType: true, caseSensitiveInputType: false }],
    '@graphql-eslint/naming-convention': ['error', {
      // Federation has named these; no other name begins with an underscore.
      types: { style: 'PascalCase', ignorePattern: FEDERATION },
      FieldDefinition: { style: 'camelCase', ignorePattern: FEDERATION },
      'FieldDefinition NamedType': { ignorePattern: FEDERATION },
      InputValueDefinition: 'camelCase',
      Argument: 'camelCase',
      EnumValueDefinition: 'UPPER_CASE',
    }],
    '@graphql-eslint/no-scalar-result-type-on-mutation': 'error',
    '@graphql-eslint/no-unreachable-types': 'error',
    '@graphql-eslint/require-deprecation-reason': 'error',
    '@graphql-eslint/require-description': ['error', {
      types: true,
      rootField: true,
      FieldDefinition: true,
      InputValueDefinition: true,
      EnumValueDefinition: true,
      // The specification's own directives, which the schema repeats for tools that do not know them, are not ours to describe.
      ignoredSelectors: ['DirectiveDefinition > InputValueDefinition'],
    }],
    '@graphql-eslint/unique-enum-value-names': 'error',
  },
}];

export default rulesFor(SCHEMA);
