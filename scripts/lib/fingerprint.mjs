import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';

/** What a build makes itself and what belongs to others. */
const ignored = new Set(['node_modules', 'dist']);

/** A hash over the names and contents of files, and of all files in directories, given relative to `base`. */
export async function fingerprint(base, paths) {
  const lists = await Promise.all(paths.map((path) => filesOf(join(base, path))));
  const hash = createHash('sha256');
  for (const file of lists.flat().sort()) {
    const content = createHash('sha256')
      .update(await readFile(file))
      .digest('hex');
    hash.update(`${relative(base, file)}\n${content}\n`);
  }
  return hash.digest('hex');
}

async function filesOf(path) {
  let entries;
  try {
    entries = await readdir(path, { withFileTypes: true });
  } catch (error) {
    if (error.code === 'ENOTDIR') return [path];
    throw error;
  }
  const lists = entries
    .filter((entry) => !ignored.has(entry.name))
    .map((entry) => (entry.isDirectory() ? filesOf(join(path, entry.name)) : [join(path, entry.name)]));
  return (await Promise.all(lists)).flat();
}
