import { sql } from 'kysely';
import type { Caller } from '../clearml/endpoint.ts';
import type { Db } from '../platform/database.ts';
import { findMissing } from '../platform/migrate.ts';
import { StartupError } from '../startup-errors.ts';

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
  const { last, missing } = await findMissing(db);
  if (missing.length === 0) return;
  const words = `the database is of an older Arno (schema ${last}, this program knows ${last + missing.length})`;
  throw new StartupError(`${words}, and a dry run writes nothing: ${whatToDo}`);
}
