import { type RawBuilder, type SqlBool, sql } from 'kysely';
import type { Scope } from '../../clearml/endpoint.ts';
import { column } from '../../clearml/query/index.ts';
import { listCondition } from '../../clearml/query/lists.ts';
import { readable } from '../../clearml/rights.ts';
import { type Document, wireDate, withoutNulls } from '../../clearml/wire.ts';
import { queueOrder } from '../queues/index.ts';

interface WorkerRow {
  id: string;
  key: string;
  user: object;
  company: object;
  ip: string | null;
  register_time: Date;
  register_timeout: number;
  last_activity_time: Date;
  last_report_time: Date | null;
  task: object | null;
  project: object | null;
  queue: object | null;
  queues: object[];
  tags: string[];
  system_tags: string[];
}

export interface WorkerFilter {
  /** Seconds since the last sign of life; 0 lists all. */
  lastSeen: number;
  tags?: string[] | undefined;
  system_tags?: string[] | undefined;
  /** A glob: `*` and `?`. */
  pattern?: string | undefined;
}

/** A worker that outlived its registration is gone. */
function filtered(scope: Scope, filter: WorkerFilter): RawBuilder<SqlBool> {
  const conditions = [
    sql<SqlBool>`w.company = ${scope.caller.company}`,
    sql<SqlBool>`w.last_activity_time > ${scope.now}::timestamptz - make_interval(secs => w.register_timeout)`,
  ];
  if (filter.lastSeen > 0) {
    conditions.push(
      sql<SqlBool>`w.last_activity_time >= ${scope.now}::timestamptz - make_interval(secs => ${filter.lastSeen})`,
    );
  }
  if (filter.pattern) conditions.push(sql<SqlBool>`w.worker_id LIKE ${globToLike(filter.pattern)}`);
  for (const name of ['tags', 'system_tags'] as const) {
    const condition = filter[name] && listCondition(column('list', `w.${name}`), filter[name]);
    if (condition) conditions.push(condition);
  }
  return sql<SqlBool>`${sql.join(conditions, sql` AND `)}`;
}

export async function countWorkers(scope: Scope, filter: WorkerFilter): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    SELECT count(*) AS count FROM workers w WHERE ${filtered(scope, filter)}`.execute(scope.db);
  return rows[0]?.count ?? 0;
}

/** The registered workers with what they run, as far as the caller may see it, and which queues they serve. */
export async function listWorkers(scope: Scope, filter: WorkerFilter): Promise<Document[]> {
  const { rows } = await sql<WorkerRow>`
    SELECT w.worker_id AS id, concat_ws('_', 'worker', w.company, w.user_id, w.worker_id) AS key,
      jsonb_build_object('id', u.id, 'name', u.name) AS user, jsonb_build_object('id', c.id, 'name', c.name) AS company,
      w.ip, w.register_time, w.register_timeout, w.last_activity_time, w.last_report_time, w.tags, w.system_tags,
      ${currentTask} AS task, ${named('p')} AS project, ${named('q')} AS queue, ${servedQueues(scope)} AS queues
    FROM workers w
    JOIN users u ON u.id = w.user_id
    JOIN companies c ON c.id = w.company
    LEFT JOIN tasks t ON t.id = w.task_id AND ${readable(scope, 'tasks', { alias: 't' })}
    LEFT JOIN projects p ON p.id = t.project
    LEFT JOIN queues q ON q.id = w.queue_id AND q.company IN (w.company, '')
    WHERE ${filtered(scope, filter)}
    ORDER BY w.worker_id`.execute(scope.db);
  return rows.map(toWire);
}

const currentTask = sql`
  CASE WHEN t.id IS NOT NULL THEN jsonb_build_object('id', t.id, 'name', t.name, 'last_iteration', t.last_iteration,
    'running_time', coalesce((extract(epoch FROM now() - t.started) * 1000)::bigint, 0)) END`;

function named(table: string) {
  const id = sql.ref(`${table}.id`);
  return sql`CASE WHEN ${id} IS NOT NULL THEN jsonb_build_object('id', ${id}, 'name', ${sql.ref(`${table}.name`)}) END`;
}

/** Queues in the worker's order of preference, each with its length and the task that is next. */
const servedQueues = (scope: Scope) => sql`(
  SELECT coalesce(jsonb_agg(jsonb_strip_nulls(jsonb_build_object(
      'id', served.id, 'name', served.name, 'display_name', served.display_name,
      'num_tasks', (SELECT count(*) FROM waiting_entries WHERE queue_id = served.id),
      'next_task', (SELECT jsonb_build_object('id', next.id, 'name', next.name)
                    FROM (SELECT task_id FROM waiting_entries WHERE queue_id = served.id ORDER BY ${queueOrder} LIMIT 1) AS head
                    JOIN tasks next ON next.id = head.task_id AND ${readable(scope, 'tasks', { alias: 'next' })})
    )) ORDER BY wanted.rank), '[]')
  FROM unnest(w.queues) WITH ORDINALITY AS wanted (id, rank)
  JOIN queues served ON served.id = wanted.id AND served.company IN (w.company, ''))`;

function toWire(row: WorkerRow): Document {
  const dates = [row.register_time, row.last_activity_time, row.last_report_time];
  const [register_time, last_activity_time, last_report_time] = dates.map((date) => date && wireDate(date));
  return withoutNulls({ ...row, register_time, last_activity_time, last_report_time });
}

function globToLike(pattern: string): string {
  return pattern
    .replaceAll(/[\\%_]/g, '\\$&')
    .replaceAll('*', '%')
    .replaceAll('?', '_');
}
