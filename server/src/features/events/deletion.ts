import { sql } from 'kysely';
import type { Scope } from '../../clearml/endpoint.ts';
import type { Db } from '../../platform/database.ts';
import { lockOwners } from './access.ts';

/**
 * Deletes all events of a task, in the caller's transaction and before the task itself goes.
 *
 * @returns the URLs of its debug images and of the images in its plots, whose files nobody refers to any more
 */
export async function deleteTaskEvents(scope: Scope, taskId: string): Promise<string[]> {
  // A statement of its own: the next one must see what a batch that held this lock has written.
  const owners = await lockOwners(scope, { tasks: [taskId], models: [] });
  if (owners.size === 0) return [];
  const { rows } = await sql<{ url: string }>`
    SELECT DISTINCT unnest(url || source_urls) AS url FROM event_documents
    WHERE task_id = ${taskId} AND (url IS NOT NULL OR source_urls <> '{}') ORDER BY url`.execute(scope.db);
  await discardEvents(scope.db, taskId);
  return rows.flatMap(({ url }) => url ?? []);
}

/** Makes all events of a task or model disappear; the caller has locked it. */
export async function discardEvents(db: Db, ownerId: string): Promise<void> {
  await sql`SELECT discard_events(${ownerId})`.execute(db);
}

/** The condition on `logs` that a line was not discarded: until they are swept, such lines are still stored. */
export function keptLines(taskId: string) {
  return sql<boolean>`id > coalesce((SELECT up_to FROM discarded_logs WHERE task_id = ${taskId}), 0)`;
}

export interface LogChoice {
  /** Milliseconds since 1970; only what is older goes. */
  before: number | undefined;
  /** Only lines of these metrics; undefined for all. */
  include: string[] | undefined;
  /** Never lines of these metrics. */
  exclude: string[] | undefined;
}

/** Deletes console lines of a task. @returns how many */
export async function deleteLines(
  db: Db,
  taskId: string,
  { before, include, exclude }: LogChoice,
): Promise<number> {
  const { numAffectedRows } = await sql`
    DELETE FROM logs WHERE task_id = ${taskId} AND ${keptLines(taskId)}
      AND ${before === undefined ? sql`true` : sql`ts < ${before}`}
      AND ${include ? sql`metric = ANY(${include})` : sql`true`}
      AND ${exclude ? sql`metric <> ALL(${exclude})` : sql`true`}`.execute(db);
  return Number(numAffectedRows ?? 0);
}
