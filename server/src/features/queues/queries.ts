import { type RawBuilder, type SqlBool, sql } from 'kysely';
import type { Scope } from '../../clearml/endpoint.ts';
import { column, columns, type Entity } from '../../clearml/query/index.ts';
import { wireDate } from '../../clearml/wire.ts';
import type { Db } from '../../platform/database.ts';
import { queueOrder } from './entries.ts';

/** Entries in the queue's order, as the wire's list; at most `limit` when given. */
export function queues(limit?: number): Entity {
  const entries: RawBuilder<unknown> = sql`(
    SELECT coalesce(jsonb_agg(jsonb_build_object('task', entry.task_id, 'added', entry.added) ORDER BY ${queueOrder}), '[]')
    FROM (SELECT * FROM waiting_entries WHERE queue_id = queues.id ORDER BY ${queueOrder} LIMIT ${limit ?? null}::int) AS entry)`;
  return {
    table: 'queues',
    references: {
      user: { table: 'users', columns: ['name'] },
      company: { table: 'companies', columns: ['name'] },
    },
    nestedReferences: { 'entries.task': { table: 'tasks', columns: ['name', 'type', 'status', 'project'] } },
    fields: {
      ...columns({
        text: ['id', 'company', 'name', 'display_name'],
        date: ['created', 'last_update'],
        list: ['tags', 'system_tags'],
        document: ['metadata'],
      }),
      user: column('text', 'user_id'),
      entries: { kind: 'document', sql: entries },
    },
    patterns: ['name'],
  };
}

/** Dates inside jsonb arrive in PostgreSQL's form. */
export function wireEntries(queue: Record<string, unknown>): Record<string, unknown> {
  if (!Array.isArray(queue.entries)) return queue;
  const entries = queue.entries.map((entry) => ({ ...entry, added: wireDate(new Date(entry.added)) }));
  return { ...queue, entries };
}

const glueTag = 'k8s-glue';

/** The queue in which the Kubernetes glue parks what waits for a pod is nobody's to enqueue to: shown to who asks for it. */
export function withoutGlueQueues(request: {
  id?: unknown;
  name?: unknown;
  search_hidden?: unknown;
  system_tags?: string[];
}): RawBuilder<SqlBool>[] {
  const { id, name, search_hidden: searchHidden, system_tags: tags = [] } = request;
  if (id || name || searchHidden || tags.includes(glueTag)) return [];
  return [sql<SqlBool>`NOT system_tags @> ${[glueTag]}::text[]`];
}

export async function countEntries(scope: Scope, queueId: string): Promise<number> {
  const { rows } = await sql<{ num: number }>`
    SELECT count(*) AS num FROM waiting_entries WHERE queue_id = ${queueId}`.execute(scope.db);
  return rows[0]?.num ?? 0;
}

/** The task at the head of the queue. */
export async function peekEntry(scope: Scope, queueId: string): Promise<string | undefined> {
  const { rows } = await sql<{ task_id: string }>`
    SELECT task_id FROM waiting_entries WHERE queue_id = ${queueId} ORDER BY ${queueOrder} LIMIT 1`.execute(
    scope.db,
  );
  return rows[0]?.task_id;
}

/** How many tasks stand before this one in its queue; undefined when it waits in none. */
export async function queuePosition(scope: Scope, taskId: string): Promise<number | undefined> {
  const { rows } = await sql<{ before: number }>`
    SELECT (SELECT count(*) FROM waiting_entries AS other
            WHERE other.queue_id = own.queue_id
              AND (-other.priority, other.position) < (-own.priority, own.position)) AS before
    FROM waiting_entries AS own WHERE own.task_id = ${taskId} LIMIT 1`.execute(scope.db);
  return rows[0]?.before;
}

/** The same for many tasks at once, whoever may see them; who waits in no queue is missing. */
export async function queuePositions(db: Db, taskIds: readonly string[]): Promise<Map<string, number>> {
  const { rows } = await sql<{ task_id: string; before: number }>`
    SELECT task_id, before FROM (
      SELECT task_id, row_number() OVER (PARTITION BY queue_id ORDER BY ${queueOrder}) - 1 AS before
      FROM waiting_entries
      WHERE queue_id IN (SELECT queue_id FROM waiting_entries WHERE task_id = ANY(${[...taskIds]}::text[]))) AS line
    WHERE task_id = ANY(${[...taskIds]}::text[])`.execute(db);
  return new Map(rows.map(({ task_id, before }) => [task_id, before]));
}

/** Whether a worker that reported within the last ten minutes serves the queue. */
export async function isWatched(scope: Scope, queueId: string): Promise<boolean> {
  const { rows } = await sql`
    SELECT FROM workers WHERE company = ${scope.caller.company} AND ${queueId} = ANY(queues)
      AND last_activity_time > ${scope.now}::timestamptz - interval '10 minutes' LIMIT 1`.execute(scope.db);
  return rows.length > 0;
}
