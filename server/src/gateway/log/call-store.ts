import type { GatewayErrorCode } from '@arno/protocol';
import { type SqlBool, sql } from 'kysely';
import type { Db, Pool, QueryConfig } from '../../platform/database.ts';
import { isPresent } from '../../platform/presence.ts';
import type { CallRecord } from './call.ts';

/** A write that takes longer is given up, and its connection with it. */
const writeTimeoutMs = 15_000;

/** Columns of a row that is written before its call's answer leaves; in no particular order. */
const columns = [
  'id',
  'company',
  'kind',
  'created',
  'started',
  'ended',
  'status',
  'outcome',
  'http_status',
  'mapping_id',
  'alias',
  'public_id',
  'endpoint',
  'machine',
  'queue',
  'task_id',
  'clone_id',
  'clone_name',
  'user_id',
  'key_id',
  'caller',
  'duration_ms',
  'bytes_in',
  'bytes_out',
  'phases',
  'request',
  'answer',
  'error_code',
  'error',
  'error_detail',
  'server',
] as const satisfies (keyof CallRecord)[];

/** What the end of a streamed answer changes. */
const endColumns = [
  'status',
  'ended',
  'outcome',
  'http_status',
  'duration_ms',
  'bytes_out',
  'phases',
  'answer',
  'error_code',
  'error',
  'error_detail',
  'server',
] as const satisfies (keyof CallRecord)[];

/**
 * The commit of the statement that reads from this does not wait for the disk. PostgreSQL has the rows then and writes them within a
 * second, whatever becomes of this process; what a failing machine takes of the log was answered a moment before (ADR 6).
 */
const withoutDisk = `(SELECT set_config('synchronous_commit', 'off', true)) AS without_disk`;

// Named, so that each connection plans them once. JSON gives any number of rows one plan, and PostgreSQL reads it as fast as arrays.
const insertStatement = {
  name: 'insert calls',
  text: `INSERT INTO calls (${columns}) SELECT ${columns} FROM json_populate_recordset(NULL::calls, $1), ${withoutDisk}
    ON CONFLICT (id) DO NOTHING`,
};
const completeStatement = {
  name: 'complete calls',
  text: `UPDATE calls SET (${endColumns}) = (${endColumns.map((name) => `ended_call.${name}`)})
    FROM json_populate_recordset(NULL::calls, $1) AS ended_call, ${withoutDisk} WHERE calls.id = ended_call.id`,
};

/** Writes rows of calls, each the JSON of a CallRecord, in one commit; those that are there already stay as they are. */
export async function insertCalls(pool: Pool, rows: readonly string[]): Promise<void> {
  await pool.query(withRows(insertStatement, rows));
}

/** Rewrites the rows of calls that were logged before they ended. */
export async function completeCalls(pool: Pool, rows: readonly string[]): Promise<void> {
  await pool.query(withRows(completeStatement, rows));
}

/** The driver's types do not know the time limit of a single query. */
function withRows(statement: QueryConfig, rows: readonly string[]): QueryConfig {
  return { ...statement, values: [`[${rows}]`], query_timeout: writeTimeoutMs } as QueryConfig;
}

/** Writes the row of a call as part of a transaction. */
export async function insertCall(db: Db, { phases, ...row }: CallRecord): Promise<void> {
  await db
    .insertInto('calls')
    .values({ ...row, phases: JSON.stringify(phases) })
    .execute();
}

/**
 * Ends the On-Demand calls whose answers were being sent by a server that is no more. If that server only lost its connection to
 * the database, it rewrites the rows when its answers end.
 */
export async function closeInterruptedCalls(db: Db): Promise<void> {
  await db
    .updateTable('calls')
    .set({
      outcome: 'failed',
      status: 'failed',
      ended: sql`now()`,
      server: null,
      error_code: 'internal_error' satisfies GatewayErrorCode,
      error: 'the server ended before all of the answer was sent',
    })
    .where('kind', '=', 'ondemand')
    .where('outcome', '=', 'accepted')
    .where(sql<SqlBool>`(server IS NULL OR NOT ${isPresent(sql.ref('server'))})`)
    .execute();
}
