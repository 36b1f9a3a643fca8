// A temporary folder in which a tool makes its files, and the ways to run it there.

import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { atEnd } from '../support/ending.mjs';

const HERE = fileURLToPath(new URL('.', import.meta.url));

/** The schema that clients are made from: the one that the server's own tests hold to its code. */
export const SCHEMA = join(HERE, '../../../schema.graphql');

/** Documents as an application has them, for every tool. */
export const DOCUMENTS = join(HERE, 'documents/every');

/** Those with directives that nobody but Relay knows. */
export const RELAY_DOCUMENTS = join(HERE, 'documents/relay');

/** What an application makes of what was generated: it compiles, and what it expects to be refused is refused. */
export const SAMPLES = join(HERE, 'samples');

/**
 * A folder that is gone after the test `t`; what is generated in it finds the installed packages.
 *
 * @returns {Promise<string>} its path
 */
export async function workspace(t) {
  const folder = await mkdtemp(join(tmpdir(), 'vestibule-schema-'));
  atEnd(t, () => rm(folder, { recursive: true, force: true }));
  await symlink(join(HERE, 'node_modules'), join(folder, 'node_modules'));
  await writeFile(join(folder, 'package.json'), JSON.stringify({ type: 'module' }));
  return folder;
}

/** The documents of a folder by the names of their files, without the ending. */
export async function documents(folder = DOCUMENTS) {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.graphql'));
  if (names.length === 0) throw new Error(`no documents in ${folder}`);
  return new Map(await Promise.all(names.sort().map(async (name) => [
    name.slice(0, -'.graphql'.length), await readFile(join(folder, name), 'utf8'),
  ])));
}

/**
 * Runs a program to its end.
 *
 * @returns {Promise<string>} what it wrote to its standard output
 * @throws when it fails, with all that it said
 */
export function run(program, args, { cwd }) {
  return new Promise((resolve, reject) => {
    const options = { cwd, maxBuffer: 64 * 1024 * 1024, env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: '0' } };
    execFile(program, args, options, (failure, stdout) => {
      // What it wrote to its standard error is part of the message.
      if (failure) reject(new Error(`${failure.message}\n${stdout}`));
      else resolve(stdout);
    });
  });
}

/** Runs an installed package's program. */
export const runPackage = (name, args, options) => run(join(HERE, 'node_modules/.bin', name), args, options);

/**
 * Checks the TypeScript of a folder as strictly as the language can, and writes it as JavaScript into `built/` of it.
 *
 * @param {object} more compiler options beside the strict ones
 */
export async function compile(folder, more = {}) {
  const compilerOptions = {
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    noImplicitReturns: true,
    module: 'esnext',
    moduleResolution: 'bundler',
    target: 'es2022',
    lib: ['es2023', 'dom'],
    types: [],
    rootDir: '.',
    outDir: 'built',
    ...more,
  };
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['**/*.ts'] }));
  await runPackage('tsc', ['--project', folder], { cwd: folder });
}
