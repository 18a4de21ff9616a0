import { type Kysely, sql } from 'kysely';
import type { Db } from '../../platform/database.ts';
import type { DB } from '../../platform/schema.ts';

/** Rows a step deletes: some 20 ms of work, so that neither the locks nor the write-ahead log of one step weigh anything. */
const stepRows = 10_000;
/** Series a step looks at: most have few points. */
const stepSeries = 100;
/** A run ends after these, so that stopping the server need not wait for the sweep of millions. */
const runSteps = 50;

/** Deletes what deleted tasks left behind, in small steps. Any number of servers may sweep one database. */
export async function sweepEvents(db: Kysely<DB>): Promise<void> {
  for (let step = 0; step < runSteps; step++) {
    if (!(await sweepStep(db))) return;
  }
}

/** Longer than any client tries to send a batch again. */
const receiptHours = 24;

export async function dropOldReceipts(db: Kysely<DB>): Promise<void> {
  await sql`DELETE FROM log_receipts WHERE received < now() - ${receiptHours} * interval '1 hour'`.execute(
    db,
  );
}

/** One step. @returns whether there may be more to do */
export async function sweepStep(db: Kysely<DB>): Promise<boolean> {
  return (await sweepPoints(db)) || (await sweepLines(db));
}

async function sweepPoints(db: Kysely<DB>): Promise<boolean> {
  return db.transaction().execute(async (transaction) => {
    const { rows } = await sql<{ series_id: number }>`
      SELECT series_id FROM discarded_series ORDER BY series_id LIMIT ${stepSeries} FOR UPDATE SKIP LOCKED`.execute(
      transaction,
    );
    const swept: number[] = [];
    let left = stepRows;
    for (const { series_id } of rows) {
      left -= await deletePoints(transaction, series_id, left);
      if (left === 0) break;
      swept.push(series_id);
    }
    await sql`DELETE FROM discarded_series WHERE series_id = ANY(${swept}::bigint[])`.execute(transaction);
    return rows.length > 0;
  });
}

/** @returns how many */
async function deletePoints(db: Db, series: number, limit: number): Promise<number> {
  // A ctid is a place in one partition; PostgreSQL knows which one because the series is the same in both conditions.
  const { numAffectedRows = 0n } = await sql`
    DELETE FROM scalars WHERE series_id = ${series} AND ctid = ANY(ARRAY(
      SELECT ctid FROM scalars WHERE series_id = ${series} LIMIT ${limit}))`.execute(db);
  return Number(numAffectedRows);
}

async function sweepLines(db: Kysely<DB>): Promise<boolean> {
  return db.transaction().execute(async (transaction) => {
    const { rows } = await sql<{ task_id: string; up_to: number }>`
      SELECT task_id, up_to FROM discarded_logs ORDER BY task_id LIMIT 1 FOR UPDATE SKIP LOCKED`.execute(
      transaction,
    );
    const [next] = rows;
    if (!next) return false;
    const { numAffectedRows = 0n } = await sql`
      DELETE FROM logs WHERE ctid = ANY(ARRAY(
        SELECT ctid FROM logs WHERE task_id = ${next.task_id} AND id <= ${next.up_to} LIMIT ${stepRows}))`.execute(
      transaction,
    );
    if (numAffectedRows < stepRows) {
      await sql`DELETE FROM discarded_logs WHERE task_id = ${next.task_id}`.execute(transaction);
    }
    return true;
  });
}
