import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { lock } from 'proper-lockfile';

/** A holder renews its lock every 2 s; one that was killed is out of the way after 8 s. */
const staleAfter = 8_000;
const renewEvery = 2_000;

/**
 * Takes the lock `<path>.lock` between processes of this machine, or gives undefined while another holds it.
 * The answer is the function that releases it.
 */
export async function tryLock(path: string): Promise<(() => Promise<void>) | undefined> {
  await mkdir(dirname(path), { recursive: true });
  try {
    return await lock(path, {
      realpath: false,
      stale: staleAfter,
      update: renewEvery,
      // A machine that slept may lose a lock; what the lock guards tolerates that, a crash of the agent would not be.
      onCompromised: () => undefined,
    });
  } catch (error) {
    if ((error as { code?: string }).code === 'ELOCKED') return undefined;
    throw error;
  }
}

/** Waits for the lock, does the work under it and releases it. */
export async function withLock<Result>(
  path: string,
  signal: AbortSignal,
  work: () => Promise<Result>,
): Promise<Result> {
  let release = await tryLock(path);
  while (!release) {
    await sleep(500, undefined, { signal });
    release = await tryLock(path);
  }
  try {
    return await work();
  } finally {
    await release().catch(() => undefined);
  }
}
