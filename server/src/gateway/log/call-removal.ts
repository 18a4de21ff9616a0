import { type SqlBool, sql } from 'kysely';
import type { Scope } from '../../clearml/endpoint.ts';
import type { Db } from '../../platform/database.ts';
import { type CallCondition, type CallFilter, filteredCalls } from './call-filter.ts';

/** Rows of one transaction: few enough that nobody waits for it. */
const stepRows = 1000;

/** What has not ended is still being written; what a callback is owed for is still needed. */
const removable = sql<SqlBool>`calls.status NOT IN ('queued', 'running')
  AND NOT EXISTS (SELECT FROM callbacks WHERE callbacks.call_id = calls.id AND callbacks.state IN ('waiting', 'due'))`;

/**
 * Deletes the ended calls that the filter lets through, in steps, until none is left or the time is up. What was counted of them
 * stays in the statistics.
 *
 * @returns how many, and whether there may be more
 */
export async function deleteCalls(
  scope: Scope,
  filter: CallFilter,
  maxMs: number,
): Promise<{ deleted: number; more: boolean }> {
  // What comes while this runs was not meant.
  const condition = await filteredCalls(scope, { ...filter, to: filter.to ?? scope.now });
  return inSteps(scope.db, condition, maxMs);
}

/** Deletes the calls that ended and were made before an instant. */
export async function deleteOldCalls(db: Db, before: Date, maxMs: number): Promise<{ deleted: number }> {
  return inSteps(db, sql`calls.created < ${before}`, maxMs);
}

async function inSteps(db: Db, condition: CallCondition, maxMs: number) {
  const end = performance.now() + maxMs;
  let deleted = 0;
  for (;;) {
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
    deleted += Number(numDeletedRows);
    const more = Number(numDeletedRows) === stepRows;
    if (!more || performance.now() > end) return { deleted, more };
  }
}
