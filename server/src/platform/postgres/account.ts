import { stat } from 'node:fs/promises';
import path from 'node:path';
import { run } from './command.ts';
import { PostgresError } from './errors.ts';

/** The unprivileged user that PostgreSQL runs as when we are root, because it refuses to be root itself. */
export interface Account {
  uid: number;
  gid: number;
}

/**
 * Who runs the cluster in `clusterDir`: undefined means ourselves. Root keeps the owner of an existing cluster, so that the
 * user who made it can still start it alone; otherwise `postgres` if the machine has that user, else `nobody`.
 */
export async function accountFor(clusterDir: string): Promise<Account | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const existing = await stat(path.join(clusterDir, 'PG_VERSION')).catch(() => undefined);
  if (existing && existing.uid !== 0) return { uid: existing.uid, gid: existing.gid };
  for (const name of ['postgres', 'nobody']) {
    const [uid, gid] = await Promise.all([run(['id', '-u', name]), run(['id', '-g', name])]);
    if (uid.ok && gid.ok) return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
  }
  throw new PostgresError(
    'PostgreSQL does not run as root and this machine has neither a user postgres nor nobody. Start Arno as another user, or set DATABASE_URL.',
  );
}

/** Whether the account can reach `dir`. Asked of the system and not worked out from modes, because of ACLs and mounts. */
export async function canEnter(dir: string, account: Account | undefined): Promise<boolean> {
  const { ok } = await run(['/bin/sh', '-c', 'cd -- "$1"', 'sh', dir], { account });
  return ok;
}

/** Gives a directory with all it holds to the account; without one it is ours already. */
export async function giveTo(account: Account | undefined, dir: string): Promise<void> {
  if (!account) return;
  const { ok, stderr } = await run(['chown', '-R', `${account.uid}:${account.gid}`, dir], {
    timeoutMs: 120_000,
  });
  if (!ok) throw new PostgresError(`Cannot give ${dir} to the user PostgreSQL runs as: ${stderr.trim()}`);
}

/** Gives a cluster that belongs to root, as a copy made by root does, to the account. */
export async function takeOver(clusterDir: string, account: Account | undefined): Promise<void> {
  if ((await stat(clusterDir)).uid === 0) await giveTo(account, clusterDir);
}
