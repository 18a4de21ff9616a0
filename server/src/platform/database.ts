import { Kysely, PostgresDialect, sql, type Transaction } from 'kysely';
import pg from 'pg';
import { PipeliningClient } from './pipeline.ts';
import type { DB } from './schema.ts';

/** For what a query builder cannot do: LISTEN, and statements that must be as fast as can be. */
export type Pool = pg.Pool;
export type QueryConfig = pg.QueryConfig;

/** The pool or one transaction: whoever gets it cannot tell, and need not. */
export type Db = Kysely<DB> | Transaction<DB>;

export interface Database {
  db: Kysely<DB>;
  pool: Pool;
  /**
   * For writes whose commits do not wait for the disk. PostgreSQL has them then and writes them within a second, whatever becomes of this
   * process.
   */
  unsynced: Pool;
  close(): Promise<void>;
}

// 64-bit integers of this schema (iterations, milliseconds, counts) stay below 2^53, so they are read as numbers.
const types = new pg.TypeOverrides();
types.setTypeParser(pg.types.builtins.INT8, Number);

/**
 * Opens pools on a PostgreSQL URL.
 *
 * @param url connection string
 * @param onError told of an idle connection that broke; the pool replaces it
 */
export function openDatabase(url: string, onError: (error: Error) => void): Database {
  let closing = false;
  const open = (options: pg.PoolConfig) => {
    const pool = new pg.Pool({
      connectionString: url,
      connectionTimeoutMillis: 10_000,
      // A query that runs away must not hold its connection for ever.
      statement_timeout: 120_000,
      idle_in_transaction_session_timeout: 120_000,
      // A connection that only listens would never notice that its peer vanished from the network.
      keepAlive: true,
      keepAliveInitialDelayMillis: 30_000,
      types,
      Client: PipeliningClient,
      ...options,
    });
    // A connection that the server ends while we close it is no news.
    pool.on('error', (error) => closing || onError(error));
    // The pool hears of idle connections only. One that breaks between two statements of a transaction would end this process; so
    // it is heard here, and the next statement on it fails.
    pool.on('connect', (client) => client.on('error', () => {}));
    return pool;
  };
  const pool = open({ max: 20 });
  const unsynced = open({ max: 4, options: '-c synchronous_commit=off' });
  const db = new Kysely<DB>({ dialect: new PostgresDialect({ pool }) });
  const close = async () => {
    closing = true;
    await Promise.all([db.destroy(), unsynced.end()]);
  };
  return { db, pool, unsynced, close };
}

/** A value as jsonb. Needed for arrays, which the driver would send as PostgreSQL arrays. */
export function json(value: unknown) {
  return sql<never>`${JSON.stringify(value ?? null)}::jsonb`;
}

/** SQLSTATE of a PostgreSQL error, undefined for any other error. */
export function sqlState(error: unknown): string | undefined {
  return error instanceof pg.DatabaseError ? error.code : undefined;
}

/** Name of the UNIQUE constraint that an error reports as broken, undefined for any other error. */
export function brokenUnique(error: unknown): string | undefined {
  return brokenConstraint(error, '23505');
}

/** Name of the FOREIGN KEY that an error reports as broken, undefined for any other error. */
export function brokenReference(error: unknown): string | undefined {
  return brokenConstraint(error, '23503');
}

function brokenConstraint(error: unknown, state: string): string | undefined {
  return error instanceof pg.DatabaseError && error.code === state ? error.constraint : undefined;
}

/** Text as PostgreSQL can store it: without NUL and without halves of surrogate pairs, as Python's surrogateescape makes them. */
export function storable(text: string): string {
  return text.replaceAll('\0', '').toWellFormed();
}

/** Whether PostgreSQL refused a text because it cannot store it: NUL, or bytes that are not UTF-8. */
export function isInvalidText(error: unknown): boolean {
  return sqlState(error) === '22021';
}

/** Whether PostgreSQL refused a value and not the whole work: data exceptions, broken constraints, limits. */
export function isRowFault(error: unknown): boolean {
  return /^(22|23|54)/.test(sqlState(error) ?? '');
}

/** What the driver says when no connection was to be had, or one broke or was silent. */
const driverWords =
  /^(timeout exceeded when trying|Connection terminated|Query read timeout|Client (has|was) )/;
/** System errors of connections. */
const systemCodes = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH']);

/**
 * Whether PostgreSQL cannot be reached, has too much to do, or did not get what it waited for in time: another try may succeed.
 *
 * @param error of a query
 */
export function isDatabaseAway(error: unknown): boolean {
  const state = sqlState(error);
  // Connections, conflicts, resources, locks, and what an operator or a time limit ended.
  if (state !== undefined) return /^(08|40|53|55P03|57)/.test(state);
  if (!(error instanceof Error)) return false;
  return driverWords.test(error.message) || systemCodes.has((error as NodeJS.ErrnoException).code ?? '');
}

/** Of these, what is said of a connection that broke while it was used. */
const brokenWords = /^Connection terminated/;
const brokenCodes = new Set(['ECONNRESET', 'EPIPE', 'ETIMEDOUT']);

/** Whether the connection was lost after something may have been sent: PostgreSQL's answer to it may be lost too. */
export function isConnectionLost(error: unknown): boolean {
  const state = sqlState(error);
  // What a proxy says of a connection that it lost, and PostgreSQL when it ends one.
  if (state !== undefined) return /^(08|57P0[12])/.test(state);
  if (!(error instanceof Error)) return false;
  return brokenWords.test(error.message) || brokenCodes.has((error as NodeJS.ErrnoException).code ?? '');
}

/** For a pipeline: gives it up when somebody keeps a row or a table locked for longer than a caller should wait. */
export const limitWaiting = sql`SELECT set_config('lock_timeout', '10s', true)`;

const retryable = new Set(['40001', '40P01']);

/** Does `work` again, at most three times in all, when PostgreSQL chose it as the victim of a conflict. */
export async function retrying<Result>(work: () => Promise<Result>): Promise<Result> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (attempt === 3 || !retryable.has(sqlState(error) ?? '')) throw error;
    }
  }
}

/** Runs `work` in one transaction, and again as `retrying` does. */
export function inTransaction<Result>(
  db: Kysely<DB>,
  work: (transaction: Transaction<DB>) => Promise<Result>,
): Promise<Result> {
  return retrying(() => db.transaction().execute(work));
}
