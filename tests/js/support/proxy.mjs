// The proxies of docs/graphql/subscriptions.md, with the files of that page, as processes of a test.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { atEnd } from './ending.mjs';
import { PATIENCE, within } from './wait.mjs';

// Where the files say that they listen.
const PORT = '8080';

// What a proxy would write outside of the test's folder, or share with another one of this machine, is put elsewhere.
const PROXIES = {
  nginx: {
    file: 'nginx.conf',
    args: (folder) => ['-p', folder, '-c', 'nginx.conf', '-e', 'stderr', '-g', 'daemon off; pid nginx.pid;'],
    contained: (text) => {
      const folders = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${name};`);
      return text.replace('http {', `http {\naccess_log off;\n${folders.join('\n')}`);
    },
  },
  caddy: {
    file: 'Caddyfile',
    args: () => ['run', '--adapter', 'caddyfile', '--config', 'Caddyfile'],
    contained: (text) => `{\nadmin off\n}\n${text}`,
  },
};

/**
 * Starts `name` with its file in `folder`; it ends with the test `t`.
 *
 * @returns {Promise<string>} the origin at which it listens
 */
export async function startProxy(t, name, folder) {
  const { file, args, contained } = PROXIES[name];
  const port = await freePort();
  const text = await readFile(join(folder, file), 'utf8');
  await writeFile(join(folder, file), contained(text).replace(PORT, String(port)));
  const child = spawn(name, args(folder), {
    cwd: folder,
    env: { PATH: process.env.PATH, HOME: folder },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (text) => (log += text));
  const ended = new Promise((resolve) => {
    child.once('close', (code) => resolve(`ended with ${code}`));
    child.once('error', (error) => resolve(`did not start (${error.message}); scripts/test brings it along`));
  });
  atEnd(t, async () => {
    child.kill('SIGTERM');
    await ended;
  });
  let isOver = false;
  const failed = ended.then((how) => {
    throw new Error(`${name} ${how}\n${log}`);
  });
  // It ends after the test too.
  failed.catch(() => {});
  const listening = (async () => {
    while (!isOver && !(await takesConnections(port)));
  })();
  await within(PATIENCE, `${name} to listen`, Promise.race([listening, failed])).finally(() => (isOver = true));
  return `http://localhost:${port}`;
}

function takesConnections(port) {
  const socket = connect(port, '127.0.0.1');
  const found = new Promise((resolve) => {
    socket.once('connect', () => resolve(true));
    socket.once('error', () => resolve(false));
  });
  return found.finally(() => socket.destroy());
}

/** A port that the system has just had to give: neither proxy says which one it would choose itself. */
async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}
