// Programs whose every look-up and connection is recorded, and kept on this machine.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { atEnd } from './ending.mjs';
import { PATIENCE, within } from './wait.mjs';

const RECORDER = fileURLToPath(new URL('recorder.cjs', import.meta.url));
const LOOPBACK = new Set(['localhost', '127.0.0.1', '::1', '[::1]']);

/** Whether a host name or an address is this machine's. */
export function isLoopback(host) {
  return LOOPBACK.has(host) || host.endsWith('.localhost');
}

/** Fails when one of these URLs is on a host that is not this machine. */
export function assertLocal(urls) {
  const foreign = [...urls].filter((url) => !isLoopback(new URL(url).hostname));
  assert.deepEqual(foreign, [], 'nothing leaves this machine');
}

/**
 * Starts `node` with these arguments and its hosts recorded.
 *
 * @param {import('node:test').TestContext} t
 * @param {string[]} args
 * @param {{cwd?: string, env?: Record<string, string>}} options `env` is added to PATH and nothing else
 * @returns {Promise<{output: () => string, said: (pattern: RegExp) => Promise<RegExpExecArray>, ended: Promise<number>,
 *   hosts: () => Promise<string[]>}>}
 */
export async function startRecorded(t, args, { cwd, env = {} } = {}) {
  const directory = await mkdtemp(join(tmpdir(), 'vestibule-recorded-'));
  const file = join(directory, 'hosts');
  await writeFile(file, '');
  const child = spawn(process.execPath, args, {
    cwd,
    env: {
      PATH: process.env.PATH,
      HOME: directory,
      NODE_OPTIONS: `--require=${RECORDER}`,
      RECORDED_HOSTS: file,
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const waiting = new Set();
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => {
      output += text;
      for (const look of waiting) look();
    });
  }
  const ended = new Promise((resolve) => {
    child.once('close', resolve);
    child.once('error', (error) => {
      output += error.stack;
      resolve(-1);
    });
  });
  atEnd(t, async () => {
    child.kill('SIGKILL');
    await ended;
    await rm(directory, { recursive: true, force: true });
  });

  const said = (pattern) =>
    new Promise((resolve, reject) => {
      const look = () => {
        const found = pattern.exec(output);
        if (!found) return;
        waiting.delete(look);
        resolve(found);
      };
      waiting.add(look);
      void ended.then((code) => reject(new Error(`ended with ${code} and never said ${pattern}\n${output}`)));
      look();
    });
  return {
    output: () => output,
    said,
    ended,
    hosts: async () => [...new Set((await readFile(file, 'utf8')).split('\n').filter(Boolean))],
  };
}

/** Runs such a program to its end, which must be a good one; returns what it wrote and the hosts that it asked. */
export async function runRecorded(t, args, options, seconds = PATIENCE) {
  const program = await startRecorded(t, args, options);
  const code = await within(seconds, `the end of node ${args.join(' ')}`, program.ended);
  assert.equal(code, 0, program.output());
  return { output: program.output(), hosts: await program.hosts() };
}
