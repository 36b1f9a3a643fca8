// A real SMTP server process (aiosmtpd) whose mails a test can wait for.

import { spawn } from 'node:child_process';
import { on } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { atEnd } from './ending.mjs';
import { PATIENCE, within } from './wait.mjs';

const SCRIPT = fileURLToPath(new URL('smtp_server.py', import.meta.url));

/**
 * Starts the server; it ends with the test `t`.
 *
 * @param {{smtpUtf8?: boolean}} options whether it takes addresses that are not ASCII
 * @returns {Promise<{url: string, nextMail: () => Promise<{from: string, to: string[], ehlo: string, headers: Record<string,
 *   string>, isAscii: boolean, subject: string, text: string}>}>}
 */
export async function startSmtp(t, { smtpUtf8 = true } = {}) {
  const python = process.env.AIOSMTPD_PYTHON;
  if (!python) throw new Error('AIOSMTPD_PYTHON must name a Python that has aiosmtpd; scripts/test makes one');
  const child = spawn(python, smtpUtf8 ? [SCRIPT] : [SCRIPT, '--without-smtputf8'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = new Promise((resolve) => {
    child.once('exit', resolve);
    child.once('error', resolve);
  });
  atEnd(t, async () => {
    child.kill('SIGTERM');
    await exited;
  });

  const output = createInterface({ input: child.stdout });
  const lines = on(output, 'line', { close: ['close'] });
  const next = async (what) => {
    const { value, done } = await within(PATIENCE, what, lines.next());
    if (done) throw new Error(`the SMTP server ended before there was ${what}`);
    return JSON.parse(value[0]);
  };
  const { port } = await next('the port of the SMTP server');
  return { url: `smtp://127.0.0.1:${port}`, nextMail: () => next('a mail') };
}
