// README's journey, run as it stands: every sh block under its heading, in order, in one shell in an empty directory. The
// only changes are the address, and the secret key that a reader pastes.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { atEnd } from './support/ending.mjs';
import { startServer } from './support/server.mjs';
import { PATIENCE, within } from './support/wait.mjs';

const README = new URL('../../README.md', import.meta.url);
const HEADING = '## A first journey';
const ADDRESS = 'localhost:4000';
const PASTED = 'sk_test_paste_the_printed_one';
const JWT = /^[\w-]+\.[\w-]+\.[\w-]+$/;

/** The sh blocks between `heading` and the next heading of its level. */
function shellBlocks(markdown, heading) {
  const [, after] = markdown.split(`\n${heading}\n`);
  assert.ok(after, `README has no heading "${heading}"`);
  const [section] = after.split(/\n## /);
  return [...section.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block]) => block);
}

/** Runs a script in one bash; resolves with its standard output once it ends well. */
function runScript(script, directory, environment) {
  return new Promise((resolve, reject) => {
    const bash = spawn('bash', ['-euo', 'pipefail', '-c', script], {
      cwd: directory,
      env: { PATH: process.env.PATH, HOME: directory, LANG: 'C.UTF-8', ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    let errors = '';
    bash.stdout.setEncoding('utf8').on('data', (text) => (output += text));
    bash.stderr.setEncoding('utf8').on('data', (text) => (errors += text));
    bash.once('error', reject);
    bash.once('close', (code) => {
      if (code === 0) resolve(output);
      else reject(new Error(`README's journey ended with ${code}\n-- output\n${output}\n-- errors\n${errors}`));
    });
  });
}

test("README's journey runs as it stands", async (t) => {
  const blocks = shellBlocks(await readFile(README, 'utf8'), HEADING);
  assert.ok(blocks.length >= 8, `${blocks.length} blocks`);
  const journey = blocks.join('\n');
  for (const text of [ADDRESS, PASTED]) assert.ok(journey.includes(text), `the journey names ${text}`);

  const server = await startServer(t);
  const directory = await mkdtemp(join(tmpdir(), 'vestibule-readme-'));
  atEnd(t, () => rm(directory, { recursive: true, force: true }));
  const script = journey.replaceAll(ADDRESS, new URL(server.origin).host).replaceAll(PASTED, '$README_SECRET_KEY');
  const output = await within(PATIENCE, 'the journey', runScript(script, directory, { README_SECRET_KEY: server.secretKey }));

  const lines = output.trim().split('\n');
  const answers = lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line));
  const data = Object.assign({}, ...answers.map((answer) => answer.data));
  assert.deepEqual(answers.filter((answer) => answer.errors), [], 'no answer is a failure');

  assert.deepEqual(data.signUpCreate.signUp.unverifiedFields, ['EMAIL_ADDRESS']);
  const { status, createdUserId, createdSessionId } = data.signUpAttemptVerification.signUp;
  assert.equal(status, 'COMPLETE');
  assert.match(createdUserId, /^user_\w{27}$/);
  assert.deepEqual(
    answers.flatMap((answer) => ('viewer' in (answer.data ?? {}) ? [answer.data.viewer.id] : [])),
    [createdUserId, createdUserId],
    'the first client stays signed in when the second one signs out',
  );

  const tokens = [...lines.filter((line) => JWT.test(line)), ...answers.flatMap(({ jwt }) => jwt ?? [])];
  assert.equal(tokens.length, 2, 'a token by GraphQL and a token by REST');
  for (const token of tokens) assert.match(token, JWT);
  assert.ok(lines.includes(`genuine: user ${createdUserId} session ${createdSessionId}`));

  const signedIn = answers.find(({ response }) => response?.object === 'sign_in_attempt' && response.created_session_id);
  assert.equal(signedIn.response.status, 'complete');
  assert.notEqual(signedIn.response.created_session_id, createdSessionId);
  assert.equal(lines.filter((line) => line === 'complete').length, 3, 'the sign-ups by REST, the second one by an ordinary code, and the second factor');
  assert.deepEqual(data.instanceSettingsUpdate.userErrors, []);
  assert.ok(lines.includes('needs_second_factor'), 'the first proof of two');
  assert.ok(lines.includes('ended'), 'the sign-out');
});
