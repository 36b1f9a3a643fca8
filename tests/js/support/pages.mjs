// The pages of docs/graphql: their blocks of code, each taken as it stands.
//
// A block whose first line is a comment with the name of a file is that file, with that line; where a language has no comments, the
// name is the line before the block. The pages have every other block run in a shell.

import { mkdir, mkdtemp, readFile, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { atEnd } from './ending.mjs';

export const PAGES = fileURLToPath(new URL('../../../docs/graphql/', import.meta.url));
const PACKAGES = fileURLToPath(new URL('../node_modules', import.meta.url));

// What the pages say in place of addresses that a test does not choose.
const SERVER = 'localhost:4000';
const BACKEND = 'https://api.example.com/graphql';

/** The names of the pages. */
export async function pageNames() {
  return (await readdir(PAGES)).filter((name) => name.endsWith('.md')).sort();
}

/** The text of a page, or of another file beside the pages. */
export const read = (name) => readFile(join(PAGES, name), 'utf8');

/** The blocks of a page: their languages, the names that they have as files, and their texts, whole, as a reader copies them. */
export async function blocksOf(page) {
  const blocks = (await read(page)).matchAll(/(?:^`(\S+\.\w+)`:\n\n)?^```(\w*)\n(.*?)^```$/gms);
  return [...blocks].map(([, before, language, text]) => {
    const [, within] = /^(?:\/\/|#) (\S+\.\w+|Caddyfile)\n/.exec(text) ?? [];
    return { language, name: before ?? within, text };
  });
}

/**
 * A folder with the files of some pages, which find the installed packages; it is gone after the test `t`.
 *
 * @param {{origin: string, backend?: string}} addresses what stands for the addresses of the pages
 * @returns {Promise<string>} its path
 */
export async function unpack(t, pages, addresses) {
  const folder = await mkdtemp(join(tmpdir(), 'vestibule-pages-'));
  atEnd(t, () => rm(folder, { recursive: true, force: true }));
  await symlink(PACKAGES, join(folder, 'node_modules'));
  await writeFile(join(folder, 'package.json'), JSON.stringify({ type: 'module' }));
  for (const page of pages) {
    for (const { name, text } of await blocksOf(page)) {
      if (!name) continue;
      await mkdir(dirname(join(folder, name)), { recursive: true });
      await writeFile(join(folder, name), addressed(text, addresses));
    }
  }
  return folder;
}

/** A text of a page with the addresses of a test. */
export function addressed(text, { origin, backend }) {
  const own = text.replaceAll(SERVER, new URL(origin).host);
  return backend ? own.replaceAll(BACKEND, backend) : own;
}
