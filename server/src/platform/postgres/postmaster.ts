import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Account } from './account.ts';
import { childDefaults, tiedToOurLife } from './command.ts';
import { PostgresError } from './errors.ts';
import type { Binaries } from './examine.ts';
import { SOCKET_PORT } from './location.ts';
import type { PostgresLog } from './log.ts';

/** How long each way of stopping may take before the next, rougher one. */
const STOP_STEPS = [
  ['SIGINT', 30_000], // fast: sessions are ended, a checkpoint is written
  ['SIGQUIT', 10_000], // immediate: the next start recovers from the log
  ['SIGKILL', 5_000],
] as const;

const STILL_STARTING_MS = 10_000;

export interface PostmasterPlan {
  binaries: Binaries;
  clusterDir: string;
  socketDir: string;
  account: Account | undefined;
}

/** One running PostgreSQL. */
export interface Postmaster {
  pid: number;
  /** Settles when the process has ended, with one line saying how. Never rejects. */
  ended: Promise<string>;
  stop(): Promise<void>;
}

/**
 * Starts PostgreSQL and resolves when it takes connections, however long it recovers. Rejects when it ends before, which
 * aborting `signal` brings about.
 */
export async function launchPostmaster(
  plan: PostmasterPlan,
  log: PostgresLog,
  signal: AbortSignal,
): Promise<Postmaster> {
  const [file, ...args] = [...(await tiedToOurLife('INT')), ...postgresCommand(plan)] as [
    string,
    ...string[],
  ];
  const child = spawn(file, args, {
    ...childDefaults(plan.account),
    // Its own session: a Ctrl-C in the terminal must not stop the database before the server has drained.
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const lastError = forwardLog(child, log);
  const ended = endOf(child, lastError);
  const { pid } = child;
  if (pid === undefined) throw new PostgresError(`PostgreSQL cannot be started: ${await ended}`);
  const postmaster = { pid, ended, stop: () => stopChild(child, ended, log) };
  await untilReady(plan.clusterDir, postmaster, log, signal);
  return postmaster;
}

function postgresCommand({ binaries, clusterDir, socketDir }: PostmasterPlan): string[] {
  const held = {
    listen_addresses: '',
    port: SOCKET_PORT,
    // A list of directories, where quotes keep a comma or a space in a name from separating.
    unix_socket_directories: `"${socketDir.replaceAll('"', '""')}"`,
    unix_socket_permissions: '0700',
    log_destination: 'stderr',
    log_line_prefix: '',
  };
  const settings = Object.entries(held).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  return [path.join(binaries.dir, 'postgres'), '-D', clusterDir, ...settings];
}

/** Passes the server's messages on and returns a way to ask for the last serious one. */
function forwardLog(child: ChildProcess, log: PostgresLog): () => string | undefined {
  let lastError: string | undefined;
  if (child.stderr) {
    createInterface({ input: child.stderr }).on('line', (line) => {
      const serious = /\b(FATAL|PANIC):\s*(.*)/.exec(line);
      lastError = serious?.[2] ?? lastError;
      // A session that ends because the server stops is said to be FATAL too.
      const level = serious && !line.includes('administrator command') ? 'warn' : 'debug';
      log[level]({}, `PostgreSQL: ${line}`);
    });
  }
  return () => lastError;
}

/** The end of the server and of all its sessions, since those hold its error output too. */
async function endOf(child: ChildProcess, lastError: () => string | undefined): Promise<string> {
  try {
    const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
    return signal ? `killed by ${signal}` : (lastError() ?? `it exited with code ${code}`);
  } catch (error) {
    return (error as Error).message;
  }
}

/** Waits as pg_ctl does: the eighth line of postmaster.pid tells the state, and no connection attempts fill the log. */
async function untilReady(
  clusterDir: string,
  { pid, ended, stop }: Postmaster,
  log: PostgresLog,
  signal: AbortSignal,
): Promise<void> {
  let end: string | undefined;
  ended.then((how) => {
    end = how;
  });
  let saidAt = performance.now();
  while (end === undefined) {
    const lines = (await readFile(path.join(clusterDir, 'postmaster.pid'), 'utf8').catch(() => '')).split(
      '\n',
    );
    if (lines[0] === String(pid) && lines[7]?.trim() === 'ready') return;
    if (signal.aborted) await stop();
    if (performance.now() - saidAt > STILL_STARTING_MS) {
      saidAt = performance.now();
      log.info({}, 'PostgreSQL is still starting: after a crash it first replays its log');
    }
    await sleep(20);
  }
  throw new PostgresError(`PostgreSQL did not start: ${end}`);
}

async function stopChild(child: ChildProcess, ended: Promise<string>, log: PostgresLog): Promise<void> {
  for (const [signal, limit] of STOP_STEPS) {
    if (!child.kill(signal)) break;
    const timer = new AbortController();
    const inTime = ended.then(() => true);
    const late = sleep(limit, false, { signal: timer.signal }).catch(() => true);
    if (await Promise.race([inTime, late])) {
      timer.abort();
      return;
    }
    log.warn({ signal }, `PostgreSQL did not stop within ${limit / 1000} s of ${signal}`);
  }
  await ended;
}
