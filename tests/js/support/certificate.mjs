// A certificate for this machine, made for one test by openssl and trusted by nobody.

import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { atEnd } from './ending.mjs';

const NAMES = 'subjectAltName=DNS:localhost,DNS:app.localhost,DNS:clerk.app.localhost,IP:127.0.0.1';

/** @returns {Promise<{certificate: string, privateKey: string, tls: {cert: Buffer, key: Buffer}}>} files, and their content */
export async function makeCertificate(t) {
  const directory = await mkdtemp(join(tmpdir(), 'vestibule-certificate-'));
  atEnd(t, () => rm(directory, { recursive: true, force: true }));
  const [certificate, privateKey] = [join(directory, 'certificate.pem'), join(directory, 'key.pem')];
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const files = ['-keyout', privateKey, '-out', certificate];
  await promisify(execFile)('openssl', [
    ...['req', '-x509', ...curve, '-days', '2', '-subj', '/CN=localhost', '-addext', NAMES],
    ...files,
  ]);
  return { certificate, privateKey, tls: { cert: await readFile(certificate), key: await readFile(privateKey) } };
}
