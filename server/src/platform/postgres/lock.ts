import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { PostgresError } from './errors.ts';
import { processStart } from './process-identity.ts';

interface Holder {
  pid: number;
  started: string | undefined;
}

/**
 * Makes this process the only Arno that manages a cluster, until the returned function is called or the process dies.
 * A lock file names its holder by pid and start time, so that one left by a killed process is seen as such.
 */
export async function acquireLock(path: string, dataDir: string): Promise<() => Promise<void>> {
  const mine = JSON.stringify({
    pid: process.pid,
    started: await processStart(process.pid),
  } satisfies Holder);
  const draft = `${path}.${process.pid}`;
  await writeFile(draft, mine, { mode: 0o600 });
  try {
    // Linking a finished file is atomic: nobody ever reads a lock that is only half written.
    while (!(await created(link(draft, path)))) {
      const found = await readFile(path, 'utf8').catch(() => undefined);
      if (found === undefined) continue;
      const holder = parse(found);
      if (holder && (await processStart(holder.pid)) === holder.started) {
        throw new PostgresError(
          `The data directory ${dataDir} is in use by another Arno (process ${holder.pid}). Stop that one, or set ARNO_DATA to another directory.`,
        );
      }
      await removeStale(path, found);
    }
  } finally {
    await rm(draft, { force: true });
  }
  return async () => {
    if ((await readFile(path, 'utf8').catch(() => undefined)) === mine) await rm(path, { force: true });
  };
}

async function created(linked: Promise<void>): Promise<boolean> {
  try {
    await linked;
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function parse(text: string): Holder | undefined {
  try {
    return JSON.parse(text) as Holder;
  } catch {
    return undefined;
  }
}

/** Takes a dead holder's lock away, and puts it back if another starter was quicker and it is a live one's by now. */
async function removeStale(path: string, expected: string): Promise<void> {
  const aside = `${path}.${process.pid}.stale`;
  const taken = await rename(path, aside).then(
    () => readFile(aside, 'utf8'),
    () => undefined,
  );
  if (taken !== undefined && taken !== expected) await created(link(aside, path));
  await rm(aside, { force: true });
}
