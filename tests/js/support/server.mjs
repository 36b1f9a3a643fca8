// Starts the real server binary in an empty directory, reads what it prints at its first start, and stops it. Each call
// gives a server of its own, so tests share nothing.

import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { atEnd } from './ending.mjs';
import { PATIENCE, within } from './wait.mjs';

/** The server's program. */
export const BINARY = process.env.VESTIBULE_BIN ?? fileURLToPath(new URL('../../../target/debug/vestibule', import.meta.url));

// The names of the printed .env block that the tests need, and what they are called here.
const PRINTED = {
  NEXT_PUBLIC_CLERK_PUBLISHABLE_KEY: 'publishableKey',
  NEXT_PUBLIC_CLERK_PROXY_URL: 'origin',
  CLERK_SECRET_KEY: 'secretKey',
};
// The last name of the block.
const LAST = 'CLERK_API_KEY';

/**
 * A running server; stopped, and its directory removed, when the test `t` ends.
 *
 * @param {import('node:test').TestContext} t
 * @param {Record<string, string>} settings further environment variables
 * @returns {Promise<{origin: string, publishableKey: string, secretKey: string, environment: Record<string, string>}>}
 *   what it printed; `environment` is the whole block
 */
export async function startServer(t, settings = {}) {
  const directory = await mkdtemp(join(tmpdir(), 'vestibule-js-'));
  const child = spawn(BINARY, ['serve'], {
    cwd: directory,
    env: {
      ...inherited(),
      VESTIBULE_LISTEN: '127.0.0.1:0',
      VESTIBULE_DATA_DIR: join(directory, 'data'),
      ...settings,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const log = [];
  child.stderr.setEncoding('utf8').on('data', (text) => log.push(text));
  const ended = new Promise((resolve) => {
    // `close` comes after `exit`, when all of the output has been read too.
    child.once('close', (code, signal) => resolve(`ended with ${signal ?? `code ${code}`}`));
    child.once('error', (error) => resolve(`did not start: ${error.message}`));
  });
  const killAtExit = () => child.kill('SIGKILL');
  process.once('exit', killAtExit);

  atEnd(t, async () => {
    child.kill('SIGTERM');
    try {
      await within(PATIENCE, 'the server to end after SIGTERM', ended);
    } catch (error) {
      child.kill('SIGKILL');
      await ended;
      throw error;
    } finally {
      process.off('exit', killAtExit);
      await rm(directory, { recursive: true, force: true });
      if (t.passed === false) process.stderr.write(`log of the server of "${t.name}":\n${log.join('')}`);
    }
  });

  const found = {};
  const failed = ended.then((how) => {
    throw new Error(`the server ${how} before it had printed its keys\n${log.join('')}`);
  });
  try {
    return await within(PATIENCE, 'the keys that a first start prints', Promise.race([readPrinted(child.stdout, found), failed]));
  } catch (error) {
    error.message += `\nread from its standard output: ${Object.keys(found).join(', ') || 'nothing'}`;
    throw error;
  }
}

/** What a child may inherit: this process's own settings of the server would change what is tested. */
function inherited() {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !name.startsWith('VESTIBULE_') || name.startsWith('VESTIBULE_TEST_')),
  );
}

/** Reads lines into `found` until the whole block is there. */
function readPrinted(stdout, found) {
  return new Promise((resolve) => {
    // The listener stays: a pipe that nobody reads any more would block the server at its next line.
    createInterface({ input: stdout }).on('line', (line) => {
      const [, name, value] = /^\s*(?:export\s+)?([A-Z_]+)="?([^"\s]+)"?\s*$/.exec(line) ?? [];
      if (!name) return;
      if (name in PRINTED) found[PRINTED[name]] = value;
      found.environment = { ...found.environment, [name]: value };
      if (name === LAST) resolve(found);
    });
  });
}

/** Changes the settings of the server's instance, as a backend does; `input` is what `instanceSettingsUpdate` takes. */
export async function changeSettings({ origin, secretKey }, input) {
  const query = `mutation ($input: InstanceSettingsUpdateInput!) {
    instanceSettingsUpdate(input: $input) { userErrors { code longMessage } }
  }`;
  const response = await fetch(`${origin}/graphql`, {
    method: 'POST',
    headers: { authorization: `Bearer ${secretKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables: { input } }),
  });
  const answer = await response.json();
  const problems = answer.errors ?? answer.data.instanceSettingsUpdate.userErrors;
  if (problems.length > 0) throw new Error(`the settings were not changed: ${JSON.stringify(problems)}`);
}
