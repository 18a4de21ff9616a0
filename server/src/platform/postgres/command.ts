import { execFile } from 'node:child_process';
import type { Account } from './account.ts';

export interface CommandResult {
  ok: boolean;
  stdout: string;
  stderr: string;
}

/** Where the commands of the system lie; also searched for PostgreSQL when the caller names no other path. */
export const STANDARD_PATH = '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin:/opt/homebrew/bin';

/**
 * What every child gets instead of our environment: no PG* variable may redirect it, no secret of ours may reach it,
 * and its messages are English because they are read here. `/` as working directory is one that any account can enter.
 */
export const childDefaults = (account: Account | undefined) => ({
  cwd: '/',
  env: { PATH: STANDARD_PATH, LC_ALL: 'C' },
  ...(account && { uid: account.uid, gid: account.gid }),
});

/** Runs a short command to its end; a command that cannot be started or is too slow is one that failed. */
export function run(
  command: readonly [string, ...string[]],
  options: { account?: Account | undefined; timeoutMs?: number } = {},
): Promise<CommandResult> {
  const [file, ...args] = command;
  const settings = { ...childDefaults(options.account), timeout: options.timeoutMs ?? 10_000 };
  return new Promise((resolve) => {
    execFile(file, args, settings, (error, stdout, stderr) => {
      resolve({ ok: error === null, stdout, stderr: stderr || (error?.message ?? '') });
    });
  });
}

/**
 * Lets the kernel send `signal` to a child when this process dies, however it dies. A prefix for the child's command:
 * empty where there is none (macOS, BusyBox); there, the next start stops what an earlier one left behind.
 */
export async function tiedToOurLife(signal: 'INT' | 'KILL'): Promise<string[]> {
  const prefix = ['--pdeathsig', signal, '--'];
  const works = await run(['setpriv', ...prefix, 'true']);
  return works.ok ? ['setpriv', ...prefix] : [];
}
