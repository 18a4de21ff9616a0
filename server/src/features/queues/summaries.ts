import { type RawBuilder, type SqlBool, sql } from 'kysely';
import type { Scope } from '../../clearml/endpoint.ts';
import { readable } from '../../clearml/rights.ts';
import { queueOrder } from './entries.ts';
import type { Metadata } from './store.ts';

/** A queue as people see it. */
export interface QueueSummary {
  id: string;
  name: string;
  is_default: boolean;
  paused: Date | null;
  paused_by: string | null;
  created: Date;
  metadata: Metadata;
  /** Entries that wait, when the first of them was added, and the seconds that they have waited on average. */
  depth: number;
  oldest: Date | null;
  average_wait: number | null;
  /** Workers that serve it and have been heard of. */
  workers: number;
}

export interface HeardWithin {
  /** Seconds since its last sign of life after which a worker is lost. */
  workerTimeout: number;
}

/** All queues of the company by name, or the one with this id. */
export async function queueSummaries(
  scope: Scope,
  { workerTimeout }: HeardWithin,
  id?: string,
): Promise<QueueSummary[]> {
  const { db, now, caller } = scope;
  const { rows } = await sql<QueueSummary>`
    SELECT id, name, system_tags @> '{default}' AS is_default, paused, paused_by, created, metadata,
      waiting.depth, waiting.oldest, waiting.average_wait,
      (SELECT count(*) FROM workers WHERE ${serves({ now, workerTimeout })} AND workers.company = queues.company) AS workers
    FROM queues
    CROSS JOIN LATERAL (
      SELECT count(*) AS depth, min(added) AS oldest, extract(epoch FROM avg(now() - added))::float8 AS average_wait
      FROM waiting_entries WHERE queue_id = queues.id) AS waiting
    WHERE company = ${caller.company} ${id === undefined ? sql`` : sql`AND id = ${id}`}
    ORDER BY lower(name), id`.execute(db);
  return rows;
}

/** Whether a worker that has been heard of serves the queue of the same statement. */
function serves({ now, workerTimeout }: HeardWithin & Pick<Scope, 'now'>): RawBuilder<SqlBool> {
  return sql<SqlBool>`queues.id = ANY(workers.queues)
    AND workers.last_activity_time > ${now}::timestamptz - make_interval(secs => ${workerTimeout})`;
}

/** The workers that queueSummaries() counts, by id. */
export async function workersOfQueue(
  { db, now, caller }: Scope,
  { workerTimeout }: HeardWithin,
  id: string,
): Promise<{ id: string; drained: boolean }[]> {
  const { rows } = await sql<{ id: string; drained: boolean }>`
    SELECT workers.worker_id AS id, EXISTS (
        SELECT FROM drained_workers AS drained
        WHERE drained.company = workers.company AND drained.worker_id = workers.worker_id) AS drained
    FROM workers JOIN queues ON ${serves({ now, workerTimeout })}
    WHERE workers.company = ${caller.company} AND queues.id = ${id} ORDER BY 1`.execute(db);
  return rows;
}

/** What waits in a queue. Of a task that the caller may not see nothing but its place is known. */
export interface EntrySummary {
  place: number;
  added: Date;
  urgent: boolean;
  task: { id: string; name: string; type: string } | null;
  project: { id: string; name: string } | null;
  user: { id: string; name: string } | null;
  call_id: string | null;
}

export interface EntriesPage {
  /** Found in the name of a task, its project or its owner, whatever its case, or the beginning of its id. */
  q?: string | undefined;
  limit: number;
  offset: number;
}

/** A part of a queue in its order, and how many entries the search finds. */
export async function entriesPage(
  scope: Scope,
  queueId: string,
  { q, limit, offset }: EntriesPage,
): Promise<{ rows: EntrySummary[]; total: number }> {
  const found = sql`
    SELECT line.place, line.added, line.priority > 0 AS urgent, task.id AS task_id,
      CASE WHEN task.id IS NOT NULL THEN jsonb_build_object('id', task.id, 'name', task.name, 'type', task.type) END AS task,
      CASE WHEN project.id IS NOT NULL THEN jsonb_build_object('id', project.id, 'name', project.name) END AS project,
      CASE WHEN owner.id IS NOT NULL THEN jsonb_build_object('id', owner.id, 'name', owner.name) END AS "user"
    FROM (SELECT *, row_number() OVER (ORDER BY ${queueOrder}) AS place FROM waiting_entries WHERE queue_id = ${queueId}) AS line
    LEFT JOIN tasks AS task ON task.id = line.task_id AND ${readable(scope, 'tasks', { alias: 'task' })}
    LEFT JOIN projects AS project ON project.id = task.project AND ${readable(scope, 'projects', { alias: 'project' })}
    LEFT JOIN users AS owner ON owner.id = task.user_id
    WHERE ${q ? matches(q) : sql`true`}`;
  const [page, count] = await Promise.all([
    sql<EntrySummary>`
      SELECT page.*, (SELECT id FROM calls WHERE clone_id = page.task_id LIMIT 1) AS call_id
      FROM (${found} ORDER BY place LIMIT ${limit} OFFSET ${offset}) AS page ORDER BY place`.execute(
      scope.db,
    ),
    sql<{ total: number }>`SELECT count(*) AS total FROM (${found}) AS found`.execute(scope.db),
  ]);
  return { rows: page.rows, total: count.rows[0]?.total ?? 0 };
}

function matches(q: string): RawBuilder<SqlBool> {
  const words = q.toLowerCase();
  return sql<SqlBool>`(strpos(lower(task.name), ${words}) > 0 OR strpos(lower(project.name), ${words}) > 0
    OR strpos(lower(owner.name), ${words}) > 0 OR starts_with(task.id, ${words}))`;
}
