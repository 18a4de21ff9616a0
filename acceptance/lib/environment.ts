import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { delimiter, join } from 'node:path';

export const root = join(import.meta.dirname, '..', '..');

/** The environment for a program under test: ours, without anything that would point it at another Arno or ClearML. */
export function cleanEnvironment(home: string): NodeJS.ProcessEnv {
  const foreign = /^(ARNO_|CLEARML_|TRAINS_|DATABASE_URL$|PG|VITEST|NODE_ENV$|NODE_OPTIONS$|TEST$)/;
  const kept = Object.entries(process.env).filter(([name]) => !foreign.test(name));
  // Packages that pip downloaded once are kept, so that each new HOME does not fetch them again.
  return { PIP_CACHE_DIR: join(root, '.cache', 'pip'), ...Object.fromEntries(kept), HOME: home };
}

/**
 * Ports that nobody listens on. They lie below those that a system gives to connections, so none is taken by one before its
 * program starts, and each process of the tests has a range of its own.
 */
export async function freePorts(count: number): Promise<number[]> {
  const ports: number[] = [];
  while (ports.length < count) {
    const port = rangeStart + (turn++ % rangeSize);
    if (await isFree(port)) ports.push(port);
  }
  return ports;
}

const rangeSize = 2_000;
const rangeStart = 12_000 + (Number(process.env.VITEST_POOL_ID ?? 0) % 10) * rangeSize;
let turn = Math.floor(Math.random() * rangeSize);

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    await once(server.listen(port, '127.0.0.1'), 'listening');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') return false;
    throw error;
  }
  server.close();
  await once(server, 'close');
  return true;
}

/** Path of a program in PATH, or of one that `npm test` and `npm run bench` unpacked. */
export function findProgram(...names: string[]): string {
  const unpacked = ['bin', 'sbin'].map((folder) => join(root, '.cache', 'programs', 'usr', folder));
  const folders = [...(process.env.PATH ?? '').split(delimiter).filter(Boolean), '/usr/sbin', ...unpacked];
  const found = names.flatMap((name) => folders.map((folder) => join(folder, name))).find(existsSync);
  if (!found)
    throw new Error(`${names.join(' or ')} is needed: run this through "npm test" or "npm run bench"`);
  return found;
}
