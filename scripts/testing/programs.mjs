import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { mkdtemp, readdir } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { root } from '../lib/root.mjs';
import { run } from './run.mjs';

/** Where packages are unpacked, and where the tests and benchmarks look for what is not in PATH. */
const unpacked = join(root, '.cache', 'programs');

/**
 * Makes sure that there is a program: one in PATH, or that of a Debian package. It is unpacked and not installed, since these
 * packages start a service when they are installed, on ports that are somebody's; and it needs no root.
 *
 * @param packages its package, and those of libraries that it needs beside common ones
 */
export async function prepareProgram(name, ...packages) {
  if (isThere(name)) return;
  const reason = await unpack(packages).catch((error) => error.message);
  if (isThere(name)) return;
  throw new Error(
    `${name} is needed: install it (${reason ?? `${packages.join(', ')} have no such program`})`,
  );
}

function isThere(name) {
  const own = ['bin', 'sbin'].map((folder) => join(unpacked, 'usr', folder));
  const folders = [...(process.env.PATH ?? '').split(delimiter).filter(Boolean), '/usr/sbin', ...own];
  return folders.some((folder) => existsSync(join(folder, name)));
}

async function unpack(packages) {
  mkdirSync(unpacked, { recursive: true });
  const folder = await mkdtemp(join(unpacked, 'download-'));
  try {
    const apt = ['-o', 'DPkg::Lock::Timeout=300', '-o', 'APT::Sandbox::User=root', '-qq'];
    if (process.getuid?.() === 0) await run('apt-get', [...apt, 'update']);
    const download = `cd "$0" && apt-get ${apt.join(' ')} download "$@"`;
    await run('sh', ['-c', download, folder, ...packages]);
    for (const file of await readdir(folder)) await run('dpkg-deb', ['-x', join(folder, file), unpacked]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
