import { type Kysely, sql } from 'kysely';
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
    if (rows.length === 0) return false;
    const series = rows.map(({ series_id }) => series_id);
    const { numAffectedRows = 0n } = await sql`
      DELETE FROM scalars WHERE ctid = ANY(ARRAY(
        SELECT ctid FROM scalars WHERE series_id = ANY(${series}::bigint[]) LIMIT ${stepRows}))`.execute(
      transaction,
    );
    if (numAffectedRows < stepRows) {
      await sql`DELETE FROM discarded_series WHERE series_id = ANY(${series}::bigint[])`.execute(transaction);
    }
    return true;
  });
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
