import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { openDatabase } from '../src/platform/database.ts';
import { createLog } from '../src/platform/log.ts';
import { migrate } from '../src/platform/migrate.ts';
import { startPostgres } from '../src/platform/postgres/index.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Connection string of the migrated database that each test file clones. */
    templateUrl: string;
  }
}

/** One PostgreSQL for the whole run, with one migrated database as the template of all others. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'arno-test-'));
  // PostgreSQL does not run as root; the user it runs as instead has to pass this directory.
  await chmod(folder, 0o755);
  const postgres = await startPostgres({ dataDir: join(folder, 'postgres'), log: createLog('warn') });
  const database = openDatabase(postgres.url, console.error);
  await migrate(database.db);
  // A template must have no other connection while it is cloned.
  await database.close();
  project.provide('templateUrl', postgres.url);
  return async () => {
    await postgres.stop();
    await rm(folder, { recursive: true, force: true });
  };
}
