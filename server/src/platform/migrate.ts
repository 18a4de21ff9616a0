import { readdir, readFile } from 'node:fs/promises';
import { type Kysely, sql } from 'kysely';
import type { Db } from './database.ts';
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
  return db.transaction().execute(async (transaction) => {
    await sql`SELECT pg_advisory_xact_lock(${lockKey})`.execute(transaction);
    await sql`CREATE TABLE IF NOT EXISTS schema_migrations (
      number integer PRIMARY KEY, name text NOT NULL, applied timestamptz NOT NULL DEFAULT now())`.execute(
      transaction,
    );
    const { last, missing } = await findMissing(transaction);
    for (const [index, name] of missing.entries()) {
      await sql.raw(await readFile(new URL(name, folder), 'utf8')).execute(transaction);
      await sql`INSERT INTO schema_migrations (number, name) VALUES (${last + index + 1}, ${name})`.execute(
        transaction,
      );
    }
    return { applied: missing };
  });
}

/**
 * The number of the last migration of a database, and the names of those that it lacks.
 *
 * @throws NewerDatabaseError
 */
export async function findMissing(db: Db): Promise<{ last: number; missing: string[] }> {
  const files = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort();
  const { rows } = await sql<{ last: number }>`
    SELECT coalesce(max(number), 0) AS last FROM schema_migrations`.execute(db);
  const last = rows[0]?.last ?? 0;
  if (last > files.length) throw new NewerDatabaseError(last, files.length);
  return { last, missing: files.slice(last) };
}

/** Any constant will do, as long as no other program locks the same one in this database. */
const lockKey = 7_251_530;
