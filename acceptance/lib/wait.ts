import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Asks again and again until `probe` answers something that counts as true. The limit only ends a test that hangs:
 * nothing here measures speed.
 */
export async function until<Result>(
  what: string,
  probe: () => Promise<Result | undefined | false> | Result | undefined | false,
  limit = 120_000,
): Promise<Result> {
  const end = Date.now() + limit;
  while (true) {
    const result = await probe();
    if (result) return result;
    if (Date.now() > end) throw new Error(`waited ${limit / 1000} s in vain for: ${what}`);
    await sleep(150);
  }
}
