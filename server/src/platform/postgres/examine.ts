import path from 'node:path';
import type { Account } from './account.ts';
import { run } from './command.ts';

/** A PostgreSQL that runs here. */
export interface Binaries {
  source: 'system' | 'npm';
  /** Holds `postgres` and `initdb`. */
  dir: string;
  major: number;
  minor: number;
}

/** Asks the binaries in `dir` for their version, as the user who will run them; undefined when they do not run. */
export async function examine(
  dir: string,
  source: Binaries['source'],
  account: Account | undefined,
): Promise<Binaries | undefined> {
  const { ok, stdout } = await run([path.join(dir, 'postgres'), '--version'], { account });
  const version = ok ? /(\d+)(?:\.(\d+))?/.exec(stdout) : null;
  return version ? { source, dir, major: Number(version[1]), minor: Number(version[2] ?? 0) } : undefined;
}
