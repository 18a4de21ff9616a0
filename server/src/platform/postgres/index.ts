import { setTimeout as sleep } from 'node:timers/promises';
import { takeOver } from './account.ts';
import { type BinarySource, binarySources, chooseBinaries } from './binaries.ts';
import { clusterMajor, createCluster } from './cluster.ts';
import { STANDARD_PATH } from './command.ts';
import { databaseUrl, ensureDatabase } from './database.ts';
import { explained, PostgresError } from './errors.ts';
import { type Location, locate, socketDirFor } from './location.ts';
import { acquireLock } from './lock.ts';
import type { PostgresLog } from './log.ts';
import { launchPostmaster, type Postmaster, type PostmasterPlan } from './postmaster.ts';
import { clearPrevious } from './previous.ts';
import { writeSettings } from './settings.ts';
import { supervise } from './supervisor.ts';

/** Half a second apart. */
const MAX_TRIES = 40;

export { type BinarySource, binarySources, PostgresError, type PostgresLog };

export interface PostgresOptions {
  /** The data directory, `$ARNO_DATA/postgres`. Files beside it begin with its name. Made when missing. */
  dataDir: string;
  log: PostgresLog;
  /** Called once, when PostgreSQL ended again and again and was given up. Without it the error is only logged. */
  onCrash?: (error: PostgresError) => void;
  /** Which PostgreSQL to run: `auto` (default) takes the system's if it fits, else npm's. */
  binaries?: BinarySource;
  /** Directories to search for the system's PostgreSQL, as in PATH; the usual places by default. */
  searchPath?: string;
}

export interface EmbeddedPostgres {
  /** Connection string of the database `arno`, over a Unix socket. Stays the same when PostgreSQL is restarted. */
  url: string;
  /** Stops PostgreSQL (fast, then ever rougher) and frees the data directory. May be called twice. */
  stop(): Promise<void>;
}

/**
 * Starts a real PostgreSQL on `dataDir` and keeps it running until `stop`, or until this process dies. What an earlier run
 * left behind, even a killed one, is cleared first.
 *
 * @throws {PostgresError} with one line for people: the directory is not usable or in use by another Arno, its PostgreSQL
 *   version cannot be run here, there are no binaries, or PostgreSQL does not start.
 */
export async function startPostgres(options: PostgresOptions): Promise<EmbeddedPostgres> {
  const { log } = options;
  const cleanup: (() => Promise<void>)[] = [];
  const undo = async () => {
    for (const step of cleanup.reverse()) await step();
  };
  try {
    const location = await locate(options.dataDir, log);
    cleanup.push(await acquireLock(`${location.clusterDir}.lock`, options.dataDir));
    const prepared = await prepareCluster(location, options);
    const socket = await socketDirFor(prepared.clusterDir, prepared.account);
    cleanup.push(socket.remove);
    const plan = { ...prepared, socketDir: socket.dir };
    const supervision = await supervise({
      launch: (signal) => launchOver(plan, log, signal),
      onCrash: options.onCrash ?? ((error) => log.error({ err: error }, error.message)),
      log,
    });
    cleanup.push(supervision.stop);
    await ensureDatabase(socket.dir);
    let stopped: Promise<void> | undefined;
    return {
      url: databaseUrl(socket.dir),
      stop() {
        stopped ??= undo();
        return stopped;
      },
    };
  } catch (error) {
    await undo();
    throw explained(error, options.dataDir);
  }
}

/** Chooses the binaries and makes the cluster ready for them: a new one where there is none. */
async function prepareCluster(
  { clusterDir, account, prepare, remember }: Location,
  { log, binaries: source = 'auto', searchPath = STANDARD_PATH }: PostgresOptions,
): Promise<Omit<PostmasterPlan, 'socketDir'>> {
  await prepare();
  const existing = await clusterMajor(clusterDir);
  const binaries = await chooseBinaries({ source, clusterMajor: existing, clusterDir, account, searchPath });
  const version = `${binaries.major}.${binaries.minor}`;
  if (existing === undefined) {
    log.info(
      { clusterDir, version },
      `Making a new database with PostgreSQL ${version} (${binaries.source})`,
    );
    await createCluster(clusterDir, binaries, account);
  } else {
    log.info(
      { clusterDir, version },
      `Starting the database with PostgreSQL ${version} (${binaries.source})`,
    );
    await takeOver(clusterDir, account);
  }
  await remember();
  await writeSettings(clusterDir, account);
  return { binaries, clusterDir, account };
}

/** Launches PostgreSQL in a place cleared of what came before, and waits for processes that still let go of it. */
async function launchOver(plan: PostmasterPlan, log: PostgresLog, signal: AbortSignal): Promise<Postmaster> {
  await clearPrevious(plan, log);
  for (let tries = 1; ; tries++) {
    try {
      return await launchPostmaster(plan, log, signal);
    } catch (error) {
      // Sessions of a killed server notice its end within moments, unless they are busy.
      const stillHeld = /shared memory block .* is still in use/.test((error as Error).message);
      if (!stillHeld || tries === MAX_TRIES) throw error;
      await sleep(500, undefined, { signal });
    }
  }
}
