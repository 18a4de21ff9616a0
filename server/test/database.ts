import { randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import { inject, vi } from 'vitest';
import { type Database, openDatabase } from '../src/platform/database.ts';

export type TestDatabase = Database & { url: string };

/** A database of its own for one test file, cloned from the migrated template; `close` drops it. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const template = new URL(inject('templateUrl'));
  const name = `test_${randomBytes(6).toString('hex')}`;
  const admin = openDatabase(withDatabase(template, 'postgres'), console.error);
  // Two files that clone at the same moment wait for each other: PostgreSQL wants a template to itself.
  await sql`SELECT pg_advisory_lock(1)`.execute(admin.db);
  const source = sql.id(template.pathname.slice(1));
  // It waits 5 seconds for an autovacuum of the template to end, which on a busy machine can be too short.
  await vi.waitFor(() => sql`CREATE DATABASE ${sql.id(name)} TEMPLATE ${source}`.execute(admin.db), {
    timeout: 60_000,
    interval: 100,
  });
  await admin.close();

  const url = withDatabase(template, name);
  // Dropping the database below breaks what is still connected to it, and that is no news.
  const database = openDatabase(url, () => {});
  return {
    ...database,
    url,
    async close() {
      await database.close();
      const again = openDatabase(withDatabase(template, 'postgres'), console.error);
      await vi.waitFor(() => dropDatabase(again, name), { timeout: 60_000, interval: 100 });
      await again.close();
    },
  };
}

/** Not WITH (FORCE): while autovacuum is in the database that is refused to who is no superuser. A plain DROP ends autovacuum. */
async function dropDatabase({ db }: Database, name: string): Promise<void> {
  await sql`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = ${name} AND usename = current_user`.execute(db);
  await sql`DROP DATABASE ${sql.id(name)}`.execute(db);
}

function withDatabase(url: URL, name: string): string {
  const other = new URL(url);
  other.pathname = `/${name}`;
  return other.href;
}
