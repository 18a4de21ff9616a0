import { type Kysely, sql } from 'kysely';
import type { DB } from '../../platform/schema.ts';

/** A task that may have to end, as it was when it was found. */
export interface SilentTask {
  id: string;
  company: string;
  lastUpdate: Date;
}

/** Of more than this many, the rest has its turn in the next round. */
const maxTasks = 200;

export interface LostSearch {
  /** Signs of life before this are too old. */
  deadline: Date;
  /** Workers that were heard last before this are spared: they may not have been able to reach us. */
  heardSince: Date;
}

/**
 * Running tasks whose worker is lost. The task is silent, and its worker too, or the worker has been registered anew since its last
 * word about the task. Both have to be silent because a program goes on where only its agent died, and says so itself.
 *
 * Walks the index `tasks_by_status` up to the deadline, so it reads the silent tasks among the running ones and no others. A
 * run of the SDK on somebody's machine (tag `development`) has no worker that reports.
 */
export async function findLostTasks(
  db: Kysely<DB>,
  { deadline, heardSince }: LostSearch,
): Promise<(SilentTask & { worker: string })[]> {
  const { rows } = await sql<SilentTask & { worker: string }>`
    SELECT id, company, last_update AS "lastUpdate", last_worker AS worker FROM tasks
    WHERE status = 'in_progress' AND last_update < ${deadline} AND last_worker_report >= ${heardSince}
      AND NOT system_tags @> '{development}'
      AND EXISTS (SELECT FROM workers
                  WHERE company = tasks.company AND worker_id = last_worker AND last_report_time IS NOT NULL)
      AND NOT EXISTS (SELECT FROM workers
                      WHERE company = tasks.company AND worker_id = last_worker
                        AND last_activity_time >= ${deadline} AND register_time <= last_worker_report)
    ORDER BY last_update LIMIT ${maxTasks}`.execute(db);
  return rows;
}

/** Running tasks of which nothing has been heard since the deadline. */
export async function findSilentTasks(db: Kysely<DB>, deadline: Date): Promise<SilentTask[]> {
  const { rows } = await sql<SilentTask>`
    SELECT id, company, last_update AS "lastUpdate" FROM tasks
    WHERE status = 'in_progress' AND last_update < ${deadline} ORDER BY last_update LIMIT ${maxTasks}`.execute(
    db,
  );
  return rows;
}
