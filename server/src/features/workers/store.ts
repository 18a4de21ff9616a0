import { type Kysely, sql } from 'kysely';
import type { Scope } from '../../clearml/endpoint.ts';
import { writable } from '../../clearml/rights.ts';
import { json } from '../../platform/database.ts';
import type { DB } from '../../platform/schema.ts';

export interface WorkerReport {
  worker: string;
  ip: string;
  queues?: string[] | undefined;
  tags?: string[] | undefined;
  system_tags?: string[] | undefined;
  /** `X-ClearML-Worker` of the call. */
  sender: string | undefined;
}

const defaultTimeoutSeconds = 600;

/**
 * Registers a worker anew: what it ran before is no longer its own.
 *
 * @param timeout seconds without a sign of life after which it leaves the list
 */
export async function registerWorker(
  scope: Scope,
  report: WorkerReport,
  timeout = defaultTimeoutSeconds,
): Promise<void> {
  await noteSignOfLife(scope, report);
  await scope.db
    .updateTable('workers')
    .set({ register_time: scope.now, register_timeout: timeout })
    .where('company', '=', scope.caller.company)
    .where('user_id', '=', scope.caller.userId)
    .where('worker_id', '=', report.worker)
    .execute();
}

/** Notes that a worker is alive, registering it if need be. Its queues are only replaced by a list that is not empty. */
export async function noteSignOfLife(scope: Scope, report: WorkerReport): Promise<void> {
  const { userId, company, proof } = scope.caller;
  const { worker, ip, queues = [], tags, system_tags, sender } = report;
  await sql`
    INSERT INTO workers (company, user_id, worker_id, ip, register_time, register_timeout, last_activity_time, queues,
                         tags, system_tags, sender, session)
    VALUES (${company}, ${userId}, ${worker}, ${ip}, ${scope.now}, ${defaultTimeoutSeconds}, ${scope.now}, ${queues},
            ${tags ?? []}, ${system_tags ?? []}, ${sender ?? null}, ${proof?.rootSession ?? null})
    ON CONFLICT (company, user_id, worker_id) DO UPDATE SET
      ip = excluded.ip,
      sender = excluded.sender,
      session = excluded.session,
      last_activity_time = excluded.last_activity_time,
      queues = CASE WHEN cardinality(excluded.queues) > 0 THEN excluded.queues ELSE workers.queues END,
      tags = ${tags === undefined ? sql`workers.tags` : sql`excluded.tags`},
      system_tags = ${system_tags === undefined ? sql`workers.system_tags` : sql`excluded.system_tags`}`.execute(
    scope.db,
  );
}

/** Whether the worker was registered and has now left. */
export async function unregisterWorker(scope: Scope, worker: string): Promise<boolean> {
  const { numDeletedRows } = await scope.db
    .deleteFrom('workers')
    .where('company', '=', scope.caller.company)
    .where('user_id', '=', scope.caller.userId)
    .where('worker_id', '=', worker)
    .executeTakeFirst();
  return numDeletedRows > 0n;
}

/** Notes what a worker does now, and on its task that the worker is alive. */
export async function noteReport(
  scope: Scope,
  worker: string,
  report: { task?: string | undefined; queue?: string | undefined; machineStats?: object | undefined },
): Promise<void> {
  await scope.db
    .updateTable('workers')
    .set({
      last_report_time: scope.now,
      task_id: report.task ?? null,
      queue_id: report.queue ?? null,
      ...(report.machineStats && { machine_stats: json(report.machineStats) }),
    })
    .where('company', '=', scope.caller.company)
    .where('user_id', '=', scope.caller.userId)
    .where('worker_id', '=', worker)
    .execute();
  if (!report.task) return;
  await scope.db
    .updateTable('tasks')
    .set({ last_worker: worker, last_worker_report: scope.now, last_update: scope.now })
    .where('id', '=', report.task)
    .where(writable(scope, 'tasks'))
    .execute();
}

/** Forgets that a worker works on the task: it was lost with it. */
export async function clearTaskOfWorker(scope: Scope, worker: string, taskId: string): Promise<void> {
  await scope.db
    .updateTable('workers')
    .set({ task_id: null })
    .where('company', '=', scope.caller.company)
    .where('worker_id', '=', worker)
    .where('task_id', '=', taskId)
    .execute();
}

/** How long a worker that fell silent is remembered, and how long it is that one was drained which has gone. */
export const lostWorkerDays = 1;
const drainedDays = 31;

export async function dropExpiredWorkers(db: Kysely<DB>): Promise<void> {
  await sql`
    DELETE FROM workers WHERE last_activity_time
      < now() - make_interval(secs => register_timeout) - ${lostWorkerDays} * interval '1 day'`.execute(db);
  await sql`
    DELETE FROM drained_workers AS drained WHERE since < now() - ${drainedDays} * interval '1 day'
      AND NOT EXISTS (SELECT FROM workers WHERE company = drained.company AND worker_id = drained.worker_id)`.execute(
    db,
  );
}
