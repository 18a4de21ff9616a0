import { sql } from 'kysely';
import { MappingError } from '../features/mappings/index.ts';
import { type Db, isRowFault } from '../platform/database.ts';

/** Does `work` so that what PostgreSQL refuses of it does not end the transaction of everything else. */
export async function atSavepoint<Result>(db: Db, work: () => Promise<Result>): Promise<Result> {
  await sql`SAVEPOINT imported`.execute(db);
  try {
    const result = await work();
    await sql`RELEASE SAVEPOINT imported`.execute(db);
    return result;
  } catch (error) {
    await sql`ROLLBACK TO SAVEPOINT imported`.execute(db);
    throw error;
  }
}

/** Why a row is not taken. @throws what is no fault of the row, such as a connection that broke */
export function faultOfRow(error: unknown): string {
  if (error instanceof MappingError) return error.message;
  if (isRowFault(error)) return `PostgreSQL cannot store it: ${(error as Error).message}`;
  throw error;
}
