import { type Kysely, type SqlBool, sql } from 'kysely';
import type { Scope } from '../../clearml/endpoint.ts';
import { type Db, inTransaction } from '../../platform/database.ts';
import type { DB } from '../../platform/schema.ts';
import { type CallCondition, type CallFilter, filteredCalls } from './call-filter.ts';

/** Rows of one transaction: few enough that nobody waits for it. */
const stepRows = 1000;

/** What has not ended is still being written; what a callback is owed for is still needed. */
export const removable = sql<SqlBool>`calls.status NOT IN ('queued', 'running')
  AND NOT EXISTS (SELECT FROM callbacks WHERE callbacks.call_id = calls.id AND callbacks.state IN ('waiting', 'due'))`;

/**
 * Writes down, in the transaction of each step that deletes something, how many calls are gone with it.
 *
 * @param entry what it answered in the step before
 */
export type DeletionNote = (
  db: Db,
  deleted: number,
  entry: number | undefined,
) => Promise<number | undefined>;

/**
 * Deletes the ended calls that the filter lets through, in steps, until none is left or the time is up. What was counted of them
 * stays in the statistics.
 *
 * @returns how many, and whether there may be more
 */
export async function deleteCalls(
  scope: Scope & { db: Kysely<DB> },
  filter: CallFilter,
  maxMs: number,
  note?: DeletionNote,
): Promise<{ deleted: number; more: boolean }> {
  // What comes while this runs was not meant.
  const to = filter.to && filter.to < scope.now ? filter.to : scope.now;
  const condition = await filteredCalls(scope, { ...filter, to });
  return inSteps(scope.db, condition, maxMs, note);
}

/** Deletes the calls that ended and were made before an instant. */
export async function deleteOldCalls(
  db: Kysely<DB>,
  before: Date,
  maxMs: number,
): Promise<{ deleted: number }> {
  return inSteps(db, sql`calls.created < ${before}`, maxMs);
}

async function inSteps(db: Kysely<DB>, condition: CallCondition, maxMs: number, note?: DeletionNote) {
  const end = performance.now() + maxMs;
  let deleted = 0;
  let entry: number | undefined;
  for (;;) {
    const before = { deleted, entry };
    const step = await inTransaction(db, async (transaction) => {
      const rows = await deleteSome(transaction, condition);
      const all = before.deleted + rows;
      return { rows, entry: rows > 0 ? await note?.(transaction, all, before.entry) : before.entry };
    });
    deleted += step.rows;
    entry = step.entry;
    const more = step.rows === stepRows;
    if (!more || performance.now() > end) return { deleted, more };
  }
}

/** One step; answers how many it deleted. */
async function deleteSome(db: Db, condition: CallCondition): Promise<number> {
  const { numDeletedRows } = await db
    .deleteFrom('calls')
    .where('id', 'in', (from) =>
      from
        .selectFrom('calls')
        .select('calls.id')
        .where(condition)
        .where(removable)
        .orderBy('calls.created')
        .orderBy('calls.id')
        .limit(stepRows),
    )
    .executeTakeFirstOrThrow();
  return Number(numDeletedRows);
}
