import { access, readdir, realpath } from 'node:fs/promises';
import path from 'node:path';
import type { Account } from './account.ts';
import { PostgresError } from './errors.ts';
import { type Binaries, examine } from './examine.ts';
import { npmBinaries } from './npm-binaries.ts';

/** Below this, SQL and options that Arno uses are missing. */
const OLDEST_MAJOR = 15;

export const binarySources = ['auto', 'system', 'npm'] as const;
export type BinarySource = (typeof binarySources)[number];

export interface BinaryQuestion {
  source: BinarySource;
  /** The major version that made the existing cluster; undefined when there is none yet. */
  clusterMajor: number | undefined;
  clusterDir: string;
  account: Account | undefined;
  searchPath: string;
}

/**
 * The binaries to run a cluster with. The system's come first, because they get security fixes and bring pg_dump; those of
 * the npm package serve where there are none, or none of the version that made the cluster.
 */
export async function chooseBinaries(question: BinaryQuestion): Promise<Binaries> {
  const { source, clusterMajor, account } = question;
  const fits = (candidate: Binaries) => candidate.major === (clusterMajor ?? candidate.major);
  const system = source === 'npm' ? [] : await systemBinaries(question.searchPath, account);
  const newestFirst = system.filter(fits).sort((a, b) => b.major - a.major || b.minor - a.minor);
  if (newestFirst[0]) return newestFirst[0];

  const npm = source === 'system' ? undefined : await npmBinaries(question.clusterDir, account);
  if (npm && fits(npm)) return npm;
  throw nothingFits(question, npm ? [...system, npm] : system);
}

function nothingFits({ source, clusterMajor, clusterDir }: BinaryQuestion, found: Binaries[]): PostgresError {
  const choice = source === 'auto' ? '' : `, or leave ARNO_POSTGRES out, which is ${source}`;
  if (clusterMajor === undefined) {
    return new PostgresError(
      `${nothingIn[source]}. Install PostgreSQL, or set DATABASE_URL to a server${choice}.`,
    );
  }
  const versions = found.map((one) => `${one.major} (${one.source})`).join(' and ') || 'none';
  return new PostgresError(
    `The database in ${clusterDir} was made by PostgreSQL ${clusterMajor}, and this machine has ${versions}. Install PostgreSQL ${clusterMajor}, or start it elsewhere, move the data with pg_dump and set DATABASE_URL${choice}.`,
  );
}

const notHere = `This machine has no PostgreSQL ${OLDEST_MAJOR} or newer`;
const notByNpm = `npm installed none for ${process.platform}-${process.arch}`;
const nothingIn: Record<BinarySource, string> = {
  auto: `${notHere} and ${notByNpm}`,
  system: notHere,
  npm: `PostgreSQL is missing: ${notByNpm}`,
};

async function systemBinaries(searchPath: string, account: Account | undefined): Promise<Binaries[]> {
  const packaged = await Promise.all([
    versionedDirs('/usr/lib/postgresql', ''), // Debian
    versionedDirs('/usr', 'pgsql-'), // Red Hat
    versionedDirs('/opt/homebrew/opt', 'postgresql@'), // Homebrew on Apple silicon
    versionedDirs('/usr/local/opt', 'postgresql@'), // Homebrew on Intel
  ]);
  const dirs = await Promise.all([...searchPath.split(path.delimiter), ...packaged.flat()].map(completeDir));
  const unique = [...new Set(dirs.filter((dir) => dir !== undefined))];
  const candidates = await Promise.all(unique.map((dir) => examine(dir, 'system', account)));
  return candidates.filter((one) => one !== undefined).filter((one) => one.major >= OLDEST_MAJOR);
}

async function versionedDirs(parent: string, prefix: string): Promise<string[]> {
  const names = await readdir(parent).catch(() => []);
  return names.filter((name) => name.startsWith(prefix)).map((name) => path.join(parent, name, 'bin'));
}

/** The real directory of `dir`'s postgres, if it holds initdb too: on the PATH there are often links to one of them only. */
async function completeDir(dir: string): Promise<string | undefined> {
  try {
    const real = path.dirname(await realpath(path.join(dir, 'postgres')));
    await access(path.join(real, 'initdb'));
    return real;
  } catch {
    return undefined;
  }
}
