import { createHash } from 'node:crypto';
import { access, chmod, mkdir, mkdtemp, readFile, realpath, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Account, accountFor, canEnter, giveTo } from './account.ts';
import { PostgresError } from './errors.ts';
import type { PostgresLog } from './log.ts';

/** Where clusters go whose data directory lies in a place that only root can reach, typically a clone in /root. */
const SHARED_STATE = '/var/lib/arno';

/** The port is only a part of the socket's name: nothing listens on a network. */
export const SOCKET_PORT = 5432;

/** macOS has 104 bytes for a socket's path with its final zero, Linux 108. */
const MAX_SOCKET_PATH = 103;

export interface Location {
  /** PostgreSQL's own data directory. */
  clusterDir: string;
  account: Account | undefined;
  /** To be called when the lock is held, before anything is made: clears the place. */
  prepare(): Promise<void>;
  /** To be called once the cluster is there: names the place for later starts. */
  remember(): Promise<void>;
}

const nothing = async () => {};

/** Beside a data directory whose cluster lies elsewhere, this file says where. */
const pointerOf = (dataDir: string) => `${dataDir}.location`;

const exists = (file: string) =>
  access(file).then(
    () => true,
    () => false,
  );

/** Finds where the cluster of a data directory lies or will lie, and who runs it. Makes the directory above it. */
export async function locate(givenDir: string, log: PostgresLog): Promise<Location> {
  const dataDir = await realPath(path.resolve(givenDir));
  const pointer = pointerOf(dataDir);
  const remembered = (await readFile(pointer, 'utf8').catch(() => '')).trim();
  if (remembered) {
    if (!(await exists(remembered))) {
      throw new PostgresError(
        `The database of ${dataDir} lies in ${remembered} according to ${pointer}, and that is gone. Restore it, or delete ${pointer} to begin with an empty one.`,
      );
    }
    return {
      clusterDir: remembered,
      account: await accountFor(remembered),
      prepare: nothing,
      remember: nothing,
    };
  }

  const account = await accountFor(dataDir);
  if (await canEnter(path.dirname(dataDir), account)) {
    return { clusterDir: dataDir, account, prepare: nothing, remember: nothing };
  }
  if (await exists(path.join(dataDir, 'PG_VERSION'))) {
    throw new PostgresError(
      `The user that PostgreSQL runs as (uid ${account?.uid}) cannot reach the database in ${dataDir}. Allow it to pass the directories above (chmod o+x), or move the data elsewhere and set ARNO_DATA.`,
    );
  }
  return outside(dataDir, account, log);
}

/** Without links, because that is how a running PostgreSQL knows its own directory. */
async function realPath(dataDir: string): Promise<string> {
  const parent = path.dirname(dataDir);
  await mkdir(parent, { recursive: true });
  return realpath(dataDir).catch(async () => path.join(await realpath(parent), path.basename(dataDir)));
}

async function outside(dataDir: string, account: Account | undefined, log: PostgresLog): Promise<Location> {
  const pointer = pointerOf(dataDir);
  const hash = createHash('sha256').update(dataDir).digest('hex').slice(0, 12);
  const clusterDir = path.join(SHARED_STATE, `postgres-${hash}`);
  await mkdir(SHARED_STATE, { recursive: true });
  await chmod(SHARED_STATE, 0o755); // whatever root's umask is
  log.info(
    { clusterDir },
    `Only root can reach ${dataDir} and PostgreSQL does not run as root: its files go to ${clusterDir}`,
  );
  return {
    clusterDir,
    account,
    prepare: async () => {
      // Whoever deleted the data directory wants an empty one, but a database is not ours to delete.
      if (!(await exists(clusterDir)) || (await exists(pointer))) return;
      const aside = `${clusterDir}.unclaimed-${Date.now()}`;
      await rename(clusterDir, aside);
      log.warn(
        { aside },
        `No data directory names the database in ${clusterDir} any more: it is now in ${aside}`,
      );
    },
    remember: () => writeFile(pointer, `${clusterDir}\n`),
  };
}

/** Where the Unix socket goes: into the cluster's own private directory, or, where its path is too long for that, a new one. */
export async function socketDirFor(
  clusterDir: string,
  account: Account | undefined,
): Promise<{ dir: string; remove(): Promise<void> }> {
  const socketName = `.s.PGSQL.${SOCKET_PORT}`;
  if (Buffer.byteLength(path.join(clusterDir, socketName)) <= MAX_SOCKET_PATH) {
    return { dir: clusterDir, remove: nothing };
  }
  const dir = await mkdtemp(path.join(tmpdir().length < 60 ? tmpdir() : '/tmp', 'arno-pg-'));
  await giveTo(account, dir);
  return { dir, remove: () => rm(dir, { recursive: true, force: true }) };
}
