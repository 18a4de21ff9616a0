import { readdir } from 'node:fs/promises';
import { sql } from 'kysely';
import type { Caller } from '../clearml/endpoint.ts';
import type { Db } from '../platform/database.ts';
import { NewerDatabaseError } from '../platform/migrate.ts';
import { StartupError } from '../startup-errors.ts';

const migrations = new URL('../../migrations/', import.meta.url);
const whatToDo = 'start the server once, or import with --apply, which prepares it too';

/** A dry run has nothing to look at, and must not make it. */
export class NoInstallationError extends StartupError {
  constructor() {
    super(`the database has no Arno in it yet, and a dry run writes nothing: ${whatToDo}`);
  }
}

/**
 * Looks whether a dry run can do without what an import prepares: migrations and the installation.
 *
 * @returns the administrator that it works as
 * @throws StartupError, NewerDatabaseError when it cannot
 */
export async function readyAdministrator(db: Db): Promise<Caller> {
  const { rows } = await sql<{ isThere: boolean }>`
    SELECT to_regclass('schema_migrations') IS NOT NULL AS "isThere"`.execute(db);
  if (!rows[0]?.isThere) throw new NoInstallationError();
  await requireNewest(db);
  const admin = await db
    .selectFrom('users')
    .innerJoin('companies', 'companies.id', 'users.company')
    .select(['users.id as userId', 'users.name as userName', 'company', 'companies.name as companyName'])
    .where('username', '=', 'admin')
    .executeTakeFirst();
  if (!admin) throw new NoInstallationError();
  return { ...admin, role: 'admin' };
}

async function requireNewest(db: Db): Promise<void> {
  const known = (await readdir(migrations)).filter((name) => name.endsWith('.sql')).length;
  const { rows } = await sql<{ last: number }>`
    SELECT coalesce(max(number), 0) AS last FROM schema_migrations`.execute(db);
  const last = rows[0]?.last ?? 0;
  if (last > known) throw new NewerDatabaseError(last, known);
  if (last === known) return;
  const words = `the database is of an older Arno (schema ${last}, this program knows ${known})`;
  throw new StartupError(`${words}, and a dry run writes nothing: ${whatToDo}`);
}
