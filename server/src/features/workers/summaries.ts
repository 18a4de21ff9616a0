import { type RawBuilder, sql } from 'kysely';
import type { Scope } from '../../clearml/endpoint.ts';
import { readable } from '../../clearml/rights.ts';

interface Named {
  id: string;
  name: string;
}

/** A worker as people see it. Those that are drained are listed also while their agent does not run: then all that is null. */
export interface WorkerSummary {
  id: string;
  sender: string | null;
  ip: string | null;
  user: Named | null;
  queues: { id: string; name: string | null }[];
  /** Whether it runs a task, or was given one that it has not started. */
  busy: boolean;
  /** Whether there is such a task; `task` is null for one that the caller may not see. */
  has_task: boolean;
  task: (Named & { started: string | null }) | null;
  project: Named | null;
  last_seen: Date | null;
  registered: Date | null;
  drained: Date | null;
  drained_by: string | null;
  tags: string[];
  machine_stats: unknown;
}

/** All workers of the company by id, or those with this id; several people may run one each. */
export async function workerSummaries(scope: Scope, id?: string): Promise<WorkerSummary[]> {
  const { company } = scope.caller;
  const { rows } = await sql<WorkerSummary>`
    WITH running AS MATERIALIZED (
      SELECT DISTINCT ON (last_worker) last_worker, id FROM tasks
      WHERE company = ${company} AND status = 'in_progress' ORDER BY last_worker, started DESC)
    SELECT coalesce(worker.worker_id, drained.worker_id) AS id, worker.sender, worker.ip, ${named('account')} AS "user",
      ${servedQueues} AS queues, ${currentTask} IS NOT NULL AS has_task, (${currentTask} IS NOT NULL OR ${wasGivenTask}) AS busy,
      CASE WHEN task.id IS NOT NULL THEN jsonb_build_object('id', task.id, 'name', task.name, 'started', task.started) END AS task,
      ${named('project')} AS project, worker.last_activity_time AS last_seen, worker.register_time AS registered,
      drained.since AS drained, drained.user_name AS drained_by, coalesce(worker.tags, '{}') AS tags, worker.machine_stats
    FROM (SELECT * FROM workers WHERE company = ${company}) AS worker
    FULL JOIN (SELECT * FROM drained_workers WHERE company = ${company}) AS drained USING (worker_id)
    LEFT JOIN users AS account ON account.id = worker.user_id
    LEFT JOIN running ON running.last_worker = worker.worker_id
    LEFT JOIN tasks AS task ON task.id = ${currentTask} AND ${readable(scope, 'tasks', { alias: 'task' })}
    LEFT JOIN projects AS project ON project.id = task.project AND ${readable(scope, 'projects', { alias: 'project' })}
    WHERE ${id === undefined ? sql`true` : sql`worker_id = ${id}`}
    ORDER BY lower(worker_id), worker.last_activity_time DESC`.execute(scope.db);
  return rows;
}

function named(table: string): RawBuilder<unknown> {
  const id = sql.ref(`${table}.id`);
  return sql`CASE WHEN ${id} IS NOT NULL THEN jsonb_build_object('id', ${id}, 'name', ${sql.ref(`${table}.name`)}) END`;
}

/** In the worker's order of preference. */
const servedQueues = sql`(
  SELECT coalesce(jsonb_agg(jsonb_build_object('id', wanted.id, 'name', served.name) ORDER BY wanted.rank), '[]')
  FROM unnest(worker.queues) WITH ORDINALITY AS wanted (id, rank)
  LEFT JOIN queues AS served ON served.id = wanted.id AND served.company IN (worker.company, ''))`;

/** Reports come every half minute only: what says that it runs under the worker is newer. */
const currentTask = sql`coalesce(running.id, worker.task_id)`;

/** Whether an agent holds a task that it has not started. */
const wasGivenTask = sql`EXISTS (
  SELECT FROM queue_entries WHERE held_until > now()
    AND held_by IN (worker.user_id || ':' || worker.worker_id, worker.user_id || ':' || worker.sender))`;

export interface TaskOfWorker extends Named {
  status: string;
  project: Named | null;
  started: Date | null;
  ended: Date | null;
}

/** What a worker ran last, as far as the caller may see it; the newest first. */
export async function tasksOfWorker(scope: Scope, worker: string, limit: number): Promise<TaskOfWorker[]> {
  const { rows } = await sql<TaskOfWorker>`
    SELECT task.id, task.name, task.status, ${named('project')} AS project, task.started,
      CASE WHEN task.status NOT IN ('in_progress', 'queued') THEN coalesce(task.completed, task.status_changed) END AS ended
    FROM tasks AS task
    LEFT JOIN projects AS project ON project.id = task.project AND ${readable(scope, 'projects', { alias: 'project' })}
    WHERE task.company = ${scope.caller.company} AND task.last_worker = ${worker}
      AND ${readable(scope, 'tasks', { alias: 'task' })}
    ORDER BY task.started DESC LIMIT ${limit}`.execute(scope.db);
  return rows;
}
