// What the tests of docs/graphql do with its pages: run what is for a shell, load files, and send operations of journey.graphql.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { addressed, blocksOf, read, unpack } from './pages.mjs';
import { PATIENCE, within } from './wait.mjs';

const PASTED = 'sk_test_paste_the_printed_one';
export const PASSWORD = 'correct horse battery staple';
export const CODE = '424242';

/** Runs a program to its end; its standard output. */
export async function run(program, args, { folder, environment = {}, input }) {
  const child = spawn(program, args, {
    cwd: folder,
    env: { PATH: process.env.PATH, HOME: folder, LANG: 'C.UTF-8', ...environment },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let output = '';
  let errors = '';
  child.stdout.setEncoding('utf8').on('data', (text) => (output += text));
  child.stderr.setEncoding('utf8').on('data', (text) => (errors += text));
  child.stdin.end(input);
  const [code] = await within(PATIENCE, program, once(child, 'close')).finally(() => child.kill('SIGKILL'));
  assert.equal(code, 0, `${program} ended with ${code}\n-- output\n${output}\n-- errors\n${errors}`);
  return output;
}

/** Runs the blocks for a shell of a page in one of them; the answers. */
export async function runShell(t, page, server) {
  const folder = await unpack(t, [], server);
  const blocks = (await blocksOf(page)).filter(({ language }) => language === 'sh');
  const script = addressed(blocks.map(({ text }) => text).join('\n'), server).replaceAll(PASTED, server.secretKey);
  const output = await run('bash', ['-euo', 'pipefail'], { folder, input: script });
  return output.trim().split('\n').map((line) => JSON.parse(line));
}

/** Imports a file of a page. */
export const load = (folder, name) => import(pathToFileURL(join(folder, name)));

// The operations of journey.graphql that a test has run.
export const travelled = new Set(['AccountUpdated']);

/** Sends operations of journey.graphql, as it stands, by their names. */
export async function newTraveller(url, fetch) {
  const journey = await read('journey.graphql');
  return async (operationName, variables = {}) => {
    travelled.add(operationName);
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/graphql-response+json' },
      body: JSON.stringify({ query: journey, operationName, variables }),
    });
    const { data, errors, extensions } = await response.json();
    assert.equal(errors, undefined, `${operationName}: ${JSON.stringify(errors)}`);
    assert.ok(extensions.cost.requested <= extensions.cost.maximum);
    const [payload] = Object.values(data);
    assert.deepEqual(payload?.userErrors ?? [], [], operationName);
    return operationName === 'Account' ? data : payload;
  };
}

export const addressOf = (firstName) => `${firstName}+clerk_test@example.com`;

/** Signs somebody up by journey.graphql. */
export async function signUp(travel, firstName) {
  const { signUp } = await travel('SignUp', { emailAddress: addressOf(firstName), password: PASSWORD, firstName });
  await travel('SignUpSendCode', { signUpId: signUp.id });
  return travel('SignUpEnterCode', { signUpId: signUp.id, code: CODE });
}
