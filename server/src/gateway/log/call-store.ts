import type { GatewayErrorCode } from '@arno/protocol';
import { type SqlBool, sql } from 'kysely';
import { CopyRows } from '../../platform/copy.ts';
import type { Db, Pool, QueryConfig } from '../../platform/database.ts';
import type { Copy } from '../../platform/pipeline.ts';
import { isPresent } from '../../platform/presence.ts';
import type { CallRecord } from './call.ts';

/** A write that takes longer is given up, and its connection with it. */
export const writeTimeoutMs = 15_000;

/** How each column is written of a row that is new before its call's answer leaves; in no particular order. */
const columns: Record<keyof CallRecord, (rows: CopyRows, call: CallRecord) => void> = {
  id: (rows, { id }) => rows.text(id),
  company: (rows, { company }) => rows.text(company),
  kind: (rows, { kind }) => rows.text(kind),
  created: (rows, { created }) => rows.timestamptz(created),
  started: (rows, { started }) => rows.timestamptz(started),
  ended: (rows, { ended }) => rows.timestamptz(ended),
  status: (rows, { status }) => rows.text(status),
  outcome: (rows, { outcome }) => rows.text(outcome),
  http_status: (rows, { http_status }) => rows.int4(http_status),
  mapping_id: (rows, { mapping_id }) => rows.text(mapping_id),
  alias: (rows, { alias }) => rows.text(alias),
  public_id: (rows, { public_id }) => rows.text(public_id),
  endpoint: (rows, { endpoint }) => rows.text(endpoint),
  machine: (rows, { machine }) => rows.text(machine),
  queue: (rows, { queue }) => rows.text(queue),
  task_id: (rows, { task_id }) => rows.text(task_id),
  clone_id: (rows, { clone_id }) => rows.text(clone_id),
  clone_name: (rows, { clone_name }) => rows.text(clone_name),
  user_id: (rows, { user_id }) => rows.text(user_id),
  key_id: (rows, { key_id }) => rows.text(key_id),
  caller: (rows, { caller }) => rows.text(caller),
  duration_ms: (rows, { duration_ms }) => rows.float8(duration_ms),
  bytes_in: (rows, { bytes_in }) => rows.int8(bytes_in),
  bytes_out: (rows, { bytes_out }) => rows.int8(bytes_out),
  phases: (rows, { phases }) => rows.text(JSON.stringify(phases)),
  request: (rows, { request }) => rows.text(request),
  answer: (rows, { answer }) => rows.text(answer),
  error_code: (rows, { error_code }) => rows.text(error_code),
  error: (rows, { error }) => rows.text(error),
  error_detail: (rows, { error_detail }) => rows.text(error_detail),
  server: (rows, { server }) => rows.int4(server),
  sums_number: (rows, { sums_number }) => rows.int8(sums_number),
};
const columnNames = Object.keys(columns).join(', ');
const columnWriters = Object.values(columns);

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

// Named, so that each connection plans them once.
const insertStatement = {
  name: 'insert calls again',
  text: `INSERT INTO calls (${columnNames}) SELECT ${columnNames} FROM json_populate_recordset(NULL::calls, $1)
    ON CONFLICT (id) DO NOTHING`,
};
const completeStatement = {
  name: 'complete calls',
  text: `UPDATE calls SET (${endColumns}) = (${endColumns.map((name) => `ended_call.${name}`)})
    FROM json_populate_recordset(NULL::calls, $1) AS ended_call WHERE calls.id = ended_call.id`,
};
// A task that was queued although its caller was told otherwise has a life of its own, which its row goes on to tell.
const rewriteStatement = {
  name: 'rewrite calls',
  text: `INSERT INTO calls (${columnNames}) SELECT ${columnNames} FROM json_populate_recordset(NULL::calls, $1)
    ON CONFLICT (id) DO UPDATE SET (${endColumns}) = (${endColumns.map((name) => `EXCLUDED.${name}`)})
    WHERE calls.sums_number IS NULL AND (calls.kind = 'ondemand' OR calls.outcome = 'failed')`,
};
const uncountedStatement = {
  name: 'uncounted calls',
  text: 'SELECT id FROM calls WHERE id = ANY($1) AND sums_number IS NOT NULL LIMIT 1',
};

/** Rows of calls that cannot be there yet, for a pipeline: COPY is the fastest that PostgreSQL has. */
export function copyOf(calls: readonly CallRecord[]): Copy {
  return { table: `calls (${columnNames})`, rows: rowsOf(calls) };
}

function rowsOf(calls: readonly CallRecord[]): Buffer {
  const rows = new CopyRows();
  for (const call of calls) {
    rows.begin(columnWriters.length);
    for (const write of columnWriters) write(rows, call);
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

/**
 * Writes rows of calls that failed, over those that may be there already.
 *
 * @throws Error when one is there that has not been counted yet, as after a write that seemed to fail: to change it now would spoil the
 *   statistics, and it is counted soon; see counted-inserts.ts
 */
export async function rewriteCalls(pool: Pool, calls: readonly CallRecord[]): Promise<void> {
  await pool.query(withRows(rewriteStatement, calls));
  const ids = calls.map(({ id }) => id);
  const { rows } = await pool.query(limited({ ...uncountedStatement, values: [ids] }));
  if (rows.length > 0) throw new Error('a row is there that has not been counted yet');
}

function withRows(statement: QueryConfig, calls: readonly CallRecord[]): QueryConfig {
  return limited({ ...statement, values: [JSON.stringify(calls)] });
}

/** The driver's types do not know the time limit of a single query. */
function limited(query: QueryConfig): QueryConfig {
  return { ...query, query_timeout: writeTimeoutMs } as QueryConfig;
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
