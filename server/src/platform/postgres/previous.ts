import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Account, giveTo } from './account.ts';
import { PostgresError } from './errors.ts';
import { SOCKET_PORT } from './location.ts';
import type { PostgresLog } from './log.ts';
import type { PostmasterPlan } from './postmaster.ts';
import { isPostmasterOf } from './process-identity.ts';

const FAST_SHUTDOWN_MS = 60_000;
const IMMEDIATE_SHUTDOWN_MS = 10_000;

/**
 * Ends what an earlier run left in the cluster: a live postmaster is stopped, because only our own child can be supervised,
 * and traces of a killed one are removed. The caller holds the lock, so no living Arno needs that postmaster.
 */
export async function clearPrevious(
  { clusterDir, socketDir, account }: PostmasterPlan,
  log: PostgresLog,
): Promise<void> {
  const pidFile = path.join(clusterDir, 'postmaster.pid');
  const content = await readFile(pidFile, 'utf8').catch(() => '');
  const pid = Number.parseInt(content, 10);
  if (pid > 0 && (await isPostmasterOf(clusterDir, pid))) {
    log.info({ pid }, 'Stopping the PostgreSQL that an earlier run left behind');
    await stopProcess(clusterDir, pid);
  } else if (content) {
    await disownPidFile(pidFile, content, account);
  }
  await removeSocket(clusterDir, socketDir);
}

async function stopProcess(clusterDir: string, pid: number): Promise<void> {
  const steps = [
    ['SIGINT', FAST_SHUTDOWN_MS],
    ['SIGQUIT', IMMEDIATE_SHUTDOWN_MS],
  ] as const;
  for (const [signal, limit] of steps) {
    signalIfAlive(pid, signal);
    for (let waited = 0; waited < limit; waited += 50) {
      if (!(await isPostmasterOf(clusterDir, pid))) return;
      await sleep(50);
    }
  }
  throw new PostgresError(
    `A PostgreSQL of an earlier run (process ${pid}) does not stop. End that process and start again.`,
  );
}

function signalIfAlive(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/**
 * PostgreSQL refuses to start when the pid in a stale file lives again as something else, which is the rule in containers.
 * Its parent's pid it knows to be stale, so that is written in. The file itself must stay: it names the shared memory by
 * which PostgreSQL sees that processes of the killed server are still writing.
 */
async function disownPidFile(file: string, content: string, account: Account | undefined): Promise<void> {
  const draft = `${file}.new`;
  await writeFile(draft, content.replace(/^\d+/, String(process.pid)), { mode: 0o600 });
  await giveTo(account, draft);
  await rename(draft, file);
}

/** Removes a dead server's socket. One that answers belongs to a server that is not visible here, in another container. */
async function removeSocket(clusterDir: string, socketDir: string): Promise<void> {
  const socket = path.join(socketDir, `.s.PGSQL.${SOCKET_PORT}`);
  if (await answers(socket)) {
    throw new PostgresError(
      `The database in ${clusterDir} is in use by a PostgreSQL outside this container. Stop that one, or set ARNO_DATA to another directory.`,
    );
  }
  await Promise.all([rm(socket, { force: true }), rm(`${socket}.lock`, { force: true })]);
}

function answers(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(socketPath);
    const done = (alive: boolean) => {
      probe.destroy();
      resolve(alive);
    };
    probe.once('connect', () => done(true));
    probe.once('error', () => done(false));
  });
}
