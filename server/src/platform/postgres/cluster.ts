import { appendFile, mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { type Account, giveTo } from './account.ts';
import { type CommandResult, run, tiedToOurLife } from './command.ts';
import { PostgresError } from './errors.ts';
import type { Binaries } from './examine.ts';
import { INCLUDE_SETTINGS } from './settings.ts';

/** The administrator of the embedded server. Arno itself connects as a plain role. */
export const SUPERUSER = 'postgres';

const INITDB_LIMIT_MS = 300_000;

/** The major version that made the cluster; undefined when there is no cluster yet. */
export async function clusterMajor(clusterDir: string): Promise<number | undefined> {
  try {
    return Number.parseInt(await readFile(path.join(clusterDir, 'PG_VERSION'), 'utf8'), 10);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Makes a cluster so that it is either complete or not there, whatever kills us meanwhile. */
export async function createCluster(
  clusterDir: string,
  binaries: Binaries,
  account: Account | undefined,
): Promise<void> {
  const inside = await readdir(clusterDir).catch(() => []);
  if (inside.length > 0) {
    throw new PostgresError(
      `${clusterDir} holds files but no PostgreSQL database. Move them away, or set ARNO_DATA to another directory.`,
    );
  }
  const unfinished = `${clusterDir}.initializing`;
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(unfinished, { mode: 0o700 });
  await giveTo(account, unfinished);
  await initdb(unfinished, binaries, account);
  await appendFile(path.join(unfinished, 'postgresql.conf'), INCLUDE_SETTINGS);
  await rename(unfinished, clusterDir);
  await syncDirectory(path.dirname(clusterDir));
}

/**
 * Sorting is by code point (collation C): the order of an index must not depend on a library, or an update of the system,
 * or a change from its binaries to npm's, would silently break indexes. What a letter is (upper and lower case) follows
 * Unicode where the system has a locale for it, so that a search for "ä" finds "Ä".
 */
async function initdb(dir: string, binaries: Binaries, account: Account | undefined): Promise<void> {
  const prefix = await tiedToOurLife('KILL');
  for (const ctype of ['C.UTF-8', 'en_US.UTF-8', 'C']) {
    const command = [...prefix, ...initdbCommand(dir, binaries, ctype)] as [string, ...string[]];
    const result = await run(command, { account, timeoutMs: INITDB_LIMIT_MS });
    if (result.ok) return;
    if (!/invalid locale/.test(result.stderr)) throw initdbError(dir, result);
  }
}

function initdbCommand(dir: string, binaries: Binaries, ctype: string): string[] {
  return [
    path.join(binaries.dir, 'initdb'),
    `--pgdata=${dir}`,
    `--username=${SUPERUSER}`,
    '--encoding=UTF8',
    '--locale-provider=libc',
    '--locale=C',
    `--lc-ctype=${ctype}`,
    '--data-checksums',
    // The socket lies in a directory that only the cluster's user can enter, so whoever reaches it may come in.
    '--auth-local=trust',
    '--auth-host=reject',
    '--no-instructions',
  ];
}

function initdbError(dir: string, { stderr }: CommandResult): PostgresError {
  if (/No space left on device/.test(stderr)) {
    return new PostgresError(`The disk of ${dir} is full: a new database needs 50 MB.`);
  }
  const reason =
    /(?:error|fatal): .*/i.exec(stderr)?.[0] ?? stderr.trim().split('\n').at(-1) ?? 'no reason given';
  return new PostgresError(`PostgreSQL cannot make a database in ${dir}: ${reason}`);
}

/** Makes a rename in this directory survive a power cut. */
async function syncDirectory(dir: string): Promise<void> {
  const handle = await open(dir);
  await handle.sync().finally(() => handle.close());
}
