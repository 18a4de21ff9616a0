import { type RawBuilder, sql } from 'kysely';
import type { Scope } from '../../clearml/endpoint.ts';
import { ClearmlError } from '../../clearml/errors.ts';
import { column, columns, type Entity } from '../../clearml/query/index.ts';
import { wireDate } from '../../clearml/wire.ts';
import { json } from '../../platform/database.ts';
import { newId } from '../../platform/ids.ts';

/** Entries in the queue's order, as the wire's list; at most `limit` when given. */
export function queues(limit?: number): Entity {
  const entries: RawBuilder<unknown> = sql`(
    SELECT coalesce(jsonb_agg(jsonb_build_object('task', entry.task_id, 'added', entry.added) ORDER BY entry.position), '[]')
    FROM (SELECT * FROM queue_entries WHERE queue_id = queues.id ORDER BY position LIMIT ${limit ?? null}::int) AS entry)`;
  return {
    table: 'queues',
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

/** Where PostgreSQL notifies the id of a queue that got a task; the trigger on queue_entries names it too. */
export const queueChannel = 'queue_entry';

interface QueueProperties {
  tags?: string[] | undefined;
  system_tags?: string[] | undefined;
  display_name?: string | undefined;
  metadata?: object | undefined;
}

/** Dates inside jsonb arrive in PostgreSQL's form. */
export function wireEntries(queue: Record<string, unknown>): Record<string, unknown> {
  if (!Array.isArray(queue.entries)) return queue;
  const entries = queue.entries.map(({ task, added }) => ({ task, added: wireDate(new Date(added)) }));
  return { ...queue, entries };
}

/** Inserts a queue; throws 400/12 for a short name, 400/801 when the name is taken. */
export async function createQueue(
  scope: Scope,
  text: string,
  properties: QueueProperties = {},
): Promise<string> {
  const name = text.trim();
  if (name.length < 3) throw new ClearmlError('validation_error', 'name must have at least 3 characters');
  if (await findQueueByName(scope, name)) {
    throw new ClearmlError('expected_unique_data', `there is a queue ${name}`, { name });
  }
  const id = newId();
  const { tags, system_tags, display_name = null, metadata } = properties;
  await scope.db
    .insertInto('queues')
    .values({
      id,
      company: scope.caller.company,
      user_id: scope.caller.userId,
      name,
      display_name,
      created: scope.now,
      last_update: scope.now,
      tags: tags ?? [],
      system_tags: system_tags ?? [],
      metadata: json(metadata ?? {}),
    })
    .execute();
  return id;
}

export interface QueueName {
  id: string;
  name: string;
}

export async function findQueueByName(scope: Scope, name: string): Promise<QueueName | undefined> {
  return visibleQueues(scope).where('name', '=', name).executeTakeFirst();
}

/** The queue, or 400/701. */
export async function requireQueue(scope: Scope, id: string): Promise<QueueName> {
  const queue = await visibleQueues(scope).where('id', '=', id).executeTakeFirst();
  if (!queue) throw new ClearmlError('invalid_queue_id', `id=${id}`);
  return queue;
}

/** The queue with this name, made when there is none. */
export async function ensureQueue(
  scope: Scope,
  name: string,
  properties?: QueueProperties,
): Promise<QueueName> {
  const found = await findQueueByName(scope, name);
  return found ?? { id: await createQueue(scope, name, properties), name };
}

/** The queue tagged `default`; throws 400/707 for none, 400/708 for several. */
export async function defaultQueue(scope: Scope): Promise<QueueName> {
  const found = await visibleQueues(scope)
    .where('system_tags', '@>', sql<string[]>`'{default}'::text[]`)
    .execute();
  const [queue, ...others] = found;
  if (!queue) throw new ClearmlError('no_default_queue');
  if (others.length > 0) throw new ClearmlError('multiple_default_queues');
  return queue;
}

function visibleQueues(scope: Scope) {
  return scope.db
    .selectFrom('queues')
    .select(['id', 'name'])
    .where('company', 'in', [scope.caller.company, '']);
}

/** Adds a task at the end. The trigger of the table wakes waiting agents when the transaction commits. */
export async function addEntry(scope: Scope, queueId: string, taskId: string): Promise<void> {
  await scope.db
    .insertInto('queue_entries')
    .values({ queue_id: queueId, task_id: taskId, added: scope.now })
    .execute();
  await scope.db.updateTable('queues').set({ last_update: scope.now }).where('id', '=', queueId).execute();
}

/** Whether the task was in the queue and is no more. */
export async function removeEntry(scope: Scope, queueId: string, taskId: string): Promise<boolean> {
  const { numDeletedRows } = await scope.db
    .deleteFrom('queue_entries')
    .where('queue_id', '=', queueId)
    .where('task_id', '=', taskId)
    .executeTakeFirst();
  return numDeletedRows > 0n;
}

export interface PoppedEntry {
  task_id: string;
  added: Date;
}

/**
 * Takes the first entry of the queue, only if it is `task` when that is given. Two agents that ask at once get two different
 * tasks: each skips the row the other has locked.
 */
export async function popEntry(
  scope: Scope,
  queueId: string,
  task?: string,
): Promise<PoppedEntry | undefined> {
  const onlyHead = task === undefined ? sql`` : sql`AND task_id = ${task}`;
  const skip = task === undefined ? sql`SKIP LOCKED` : sql``;
  const { rows } = await sql<PoppedEntry>`
    DELETE FROM queue_entries
    WHERE queue_id = ${queueId} ${onlyHead} AND task_id = (
      SELECT task_id FROM queue_entries WHERE queue_id = ${queueId} ORDER BY position LIMIT 1 FOR UPDATE ${skip})
    RETURNING task_id, added`.execute(scope.db);
  return rows[0];
}

export async function countEntries(scope: Scope, queueId: string): Promise<number> {
  const { rows } = await sql<{ num: number }>`
    SELECT count(*) AS num FROM queue_entries WHERE queue_id = ${queueId}`.execute(scope.db);
  return rows[0]?.num ?? 0;
}

export async function anyEntries(scope: Scope, queueIds: readonly string[]): Promise<boolean> {
  const { rows } = await sql`
    SELECT FROM queue_entries JOIN queues ON queues.id = queue_id
    WHERE queue_id = ANY(${queueIds}::text[]) AND company IN (${scope.caller.company}, '') LIMIT 1`.execute(
    scope.db,
  );
  return rows.length > 0;
}

/** How many tasks stand before this one in its queue; undefined when it is in none. */
export async function queuePosition(scope: Scope, taskId: string): Promise<number | undefined> {
  const { rows } = await sql<{ before: number }>`
    SELECT (SELECT count(*) FROM queue_entries AS other
            WHERE other.queue_id = own.queue_id AND other.position < own.position) AS before
    FROM queue_entries AS own WHERE own.task_id = ${taskId} LIMIT 1`.execute(scope.db);
  return rows[0]?.before;
}

/** Whether a worker that reported within the last ten minutes serves the queue. */
export async function isWatched(scope: Scope, queueId: string): Promise<boolean> {
  const { rows } = await sql`
    SELECT FROM workers WHERE company = ${scope.caller.company} AND ${queueId} = ANY(queues)
      AND last_activity_time > ${scope.now}::timestamptz - interval '10 minutes' LIMIT 1`.execute(scope.db);
  return rows.length > 0;
}
