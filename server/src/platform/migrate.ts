import { readdir, readFile } from 'node:fs/promises';
import { type Kysely, sql } from 'kysely';
import type { DB } from './schema.ts';

const folder = new URL('../../migrations/', import.meta.url);

/** The database is newer than this program. */
export class NewerDatabaseError extends Error {
  constructor(found: number, known: number) {
    super(
      `the data was written by a newer Arno (schema ${found}, this program knows ${known}); start that version, or use another ARNO_DATA`,
    );
  }
}

/** Applies the migrations that are missing, in one transaction: all or none. Concurrent starts wait for each other. */
export async function migrate(db: Kysely<DB>): Promise<{ applied: string[] }> {
  const files = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort();
  return db.transaction().execute(async (transaction) => {
    await sql`SELECT pg_advisory_xact_lock(${lockKey})`.execute(transaction);
    await sql`CREATE TABLE IF NOT EXISTS schema_migrations (
      number integer PRIMARY KEY, name text NOT NULL, applied timestamptz NOT NULL DEFAULT now())`.execute(
      transaction,
    );
    const { rows } = await sql<{ last: number }>`
      SELECT coalesce(max(number), 0) AS last FROM schema_migrations`.execute(transaction);
    const last = rows[0]?.last ?? 0;
    if (last > files.length) throw new NewerDatabaseError(last, files.length);
    const missing = files.slice(last);
    for (const [index, name] of missing.entries()) {
      await sql.raw(await readFile(new URL(name, folder), 'utf8')).execute(transaction);
      await sql`INSERT INTO schema_migrations (number, name) VALUES (${last + index + 1}, ${name})`.execute(
        transaction,
      );
    }
    return { applied: missing };
  });
}

/** Any constant will do, as long as no other program locks the same one in this database. */
const lockKey = 7_251_530;
