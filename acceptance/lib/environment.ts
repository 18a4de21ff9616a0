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

/** Ports of 127.0.0.1 that were free a moment ago. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject).listen(0, '127.0.0.1', resolve);
      });
      return server;
    }),
  );
  return Promise.all(
    servers.map(async (server) => {
      const address = server.address();
      await new Promise((resolve) => server.close(resolve));
      if (address === null || typeof address === 'string') throw new Error('no TCP port');
      return address.port;
    }),
  );
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
