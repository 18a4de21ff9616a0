import type { GatewayErrorCode } from '@arno/protocol';
import { type SqlBool, sql } from 'kysely';
import { CopyRows } from '../../platform/copy.ts';
import type { Db, Pool, QueryConfig } from '../../platform/database.ts';
import { pipelinedOn } from '../../platform/pipeline.ts';
import { isPresent } from '../../platform/presence.ts';
import type { CallRecord } from './call.ts';
import { countNames, seriesNames } from './call-changes.ts';
import { sumsOfCalls } from './call-sums.ts';

/** A write that takes longer is given up, and its connection with it. */
const writeTimeoutMs = 15_000;

type ColumnType = Exclude<keyof CopyRows, 'begin' | 'null' | 'bytes'>;

/** Columns of a row that is written before its call's answer leaves; in no particular order. */
const columns = {
  id: 'text',
  company: 'text',
  kind: 'text',
  created: 'timestamptz',
  started: 'timestamptz',
  ended: 'timestamptz',
  status: 'text',
  outcome: 'text',
  http_status: 'int4',
  mapping_id: 'text',
  alias: 'text',
  public_id: 'text',
  endpoint: 'text',
  machine: 'text',
  queue: 'text',
  task_id: 'text',
  clone_id: 'text',
  clone_name: 'text',
  user_id: 'text',
  key_id: 'text',
  caller: 'text',
  duration_ms: 'float8',
  bytes_in: 'int8',
  bytes_out: 'int8',
  phases: 'text',
  request: 'text',
  answer: 'text',
  error_code: 'text',
  error: 'text',
  error_detail: 'text',
  server: 'int4',
} as const satisfies Record<keyof CallRecord, ColumnType>;
/** Of a row of `call_changes`. */
const sumNames = ['ids', ...seriesNames, 'alias', 'caller', 'hour', ...countNames, 'totals', 'phases'].join(
  ', ',
);
const columnNames = Object.keys(columns).join(', ');
const columnTypes = Object.entries(columns) as [keyof CallRecord, ColumnType][];

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

// Named, so that each connection plans them once.
const beginStatement = {
  name: 'begin new calls',
  text: `SELECT set_config('arno.calls_are_counted', 'on', true), without_disk FROM ${withoutDisk}`,
};
const sumsStatement = {
  name: 'sums of new calls',
  text: `INSERT INTO call_changes (${sumNames}) SELECT ${sumNames} FROM json_populate_recordset(NULL::call_changes, $1)`,
};
const insertStatement = {
  name: 'insert calls again',
  text: `INSERT INTO calls (${columnNames}) SELECT ${columnNames} FROM json_populate_recordset(NULL::calls, $1), ${withoutDisk}
    ON CONFLICT (id) DO NOTHING`,
};
const completeStatement = {
  name: 'complete calls',
  text: `UPDATE calls SET (${endColumns}) = (${endColumns.map((name) => `ended_call.${name}`)})
    FROM json_populate_recordset(NULL::calls, $1) AS ended_call, ${withoutDisk} WHERE calls.id = ended_call.id`,
};

/** Writes rows of calls that cannot be there yet, in one commit, and adds them up: COPY is the fastest that PostgreSQL has. */
export async function insertNewCalls(pool: Pool, calls: readonly CallRecord[]): Promise<void> {
  const sums = { ...sumsStatement, values: [JSON.stringify(sumsOfCalls(calls))] };
  const copy = { table: `calls (${columnNames})`, rows: rowsOf(calls) };
  await pipelinedOn(pool, [{ ...beginStatement, values: [] }, copy, sums], writeTimeoutMs);
}

function rowsOf(calls: readonly CallRecord[]): Buffer {
  const rows = new CopyRows();
  for (const call of calls) {
    rows.begin(columnTypes.length);
    for (const [name, type] of columnTypes) {
      const value = name === 'phases' ? JSON.stringify(call.phases) : call[name];
      if (value === null) rows.null();
      else rows[type](value as never);
    }
  }
  return rows.bytes;
}

/** Writes rows of calls in one commit; those that are there already stay as they are. */
export async function insertCallsAgain(pool: Pool, calls: readonly CallRecord[]): Promise<void> {
  await pool.query(withRows(insertStatement, calls));
}

/** Rewrites the rows of calls that were logged before they ended. */
export async function completeCalls(pool: Pool, calls: readonly CallRecord[]): Promise<void> {
  await pool.query(withRows(completeStatement, calls));
}

/** The driver's types do not know the time limit of a single query. */
function withRows(statement: QueryConfig, calls: readonly CallRecord[]): QueryConfig {
  return { ...statement, values: [JSON.stringify(calls)], query_timeout: writeTimeoutMs } as QueryConfig;
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
