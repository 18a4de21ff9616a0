import { type RawBuilder, sql } from 'kysely';
import type { Call, Scope } from '../../clearml/endpoint.ts';
import { takeable } from '../../clearml/rights.ts';
import { handsOut, type Taker } from './handing-out.ts';

/** Whom a task is held for: the call's user and worker. Clients send their host or worker id as `X-ClearML-Worker`. */
export type Holder = string;

export function holderOf({ caller, worker = '' }: Pick<Call, 'caller' | 'worker'>): Holder {
  return `${caller.userId}:${worker}`;
}

/** The order of a queue: what is urgent first, and in the order of arrival. */
export const queueOrder = sql`priority DESC, position`;

/**
 * Puts a task at the end, or behind what is urgent, wherever in the queue it was before. The trigger of the table wakes waiting
 * agents when the transaction commits; it listens to inserts.
 */
export async function addEntry(
  scope: Scope,
  queueId: string,
  taskId: string,
  isUrgent = false,
): Promise<void> {
  await scope.db
    .deleteFrom('queue_entries')
    .where('queue_id', '=', queueId)
    .where('task_id', '=', taskId)
    .execute();
  await scope.db
    .insertInto('queue_entries')
    .values({ queue_id: queueId, task_id: taskId, added: scope.now, priority: isUrgent ? 1 : 0 })
    .execute();
  await touchQueue(scope, queueId);
}

/** An entry of a task that is in no queue yet. */
export interface NewEntry {
  queue_id: string;
  task_id: string;
  added: Date;
  priority: number;
}

/** Puts tasks that are in no queue yet into queues, in the given order; wakes agents as addEntry() does. */
export function insertEntries(entries: readonly NewEntry[]): RawBuilder<unknown> {
  // The rows of a set come in its order, and get their positions in it.
  return sql`INSERT INTO queue_entries (queue_id, task_id, added, priority)
    SELECT queue_id, task_id, added, priority FROM json_populate_recordset(NULL::queue_entries, ${JSON.stringify(entries)})`;
}

async function touchQueue(scope: Scope, queueId: string): Promise<void> {
  await touchQueues(scope.now, [queueId]).execute(scope.db);
}

/**
 * Notes that queues have changed. Who changes one at this very moment notes it too: nobody waits for them, lest all who queue wait
 * for each other's commit.
 */
export function touchQueues(now: Date, ids: readonly string[]): RawBuilder<unknown> {
  return sql`
    UPDATE queues SET last_update = ${now}
    WHERE id IN (SELECT id FROM queues WHERE id = ANY(${ids}::text[]) FOR NO KEY UPDATE SKIP LOCKED)`;
}

export interface Entry {
  queue_id: string;
  /** Not handed to an agent, so in the queue as the protocol sees it. */
  waiting: boolean;
  held_by: Holder | null;
}

/** Where the task stands, also when it is held for an agent. The task must be locked: others then wait to queue it. */
export async function entriesOf(scope: Scope, taskId: string): Promise<Entry[]> {
  const { rows } = await sql<Entry>`
    SELECT queue_id, held_by, held_until IS NULL OR held_until <= now() AS waiting
    FROM queue_entries WHERE task_id = ${taskId}`.execute(scope.db);
  return rows;
}

/** Takes the task out of every queue but `keep`, also where it is held for an agent. */
export async function leaveOthers(scope: Scope, taskId: string, keep: string): Promise<void> {
  await scope.db
    .deleteFrom('queue_entries')
    .where('task_id', '=', taskId)
    .where('queue_id', '!=', keep)
    .execute();
}

/** Whether the task waited in the queue and does no more. */
export async function removeEntry(scope: Scope, queueId: string, taskId: string): Promise<boolean> {
  const { rows } = await sql`
    DELETE FROM queue_entries
    WHERE (queue_id, task_id) IN (SELECT queue_id, task_id FROM waiting_entries
                                  WHERE queue_id = ${queueId} AND task_id = ${taskId})
    RETURNING 1`.execute(scope.db);
  if (rows.length > 0) await touchQueue(scope, queueId);
  return rows.length > 0;
}

export interface PoppedEntry {
  task_id: string;
  added: Date;
}

/**
 * Gives the first entry of the queue that the caller may run, only if it is `task` when that is given; none while the queue is
 * paused or the worker drained. It is held for the caller until its task is started, at most `seconds`; then it is the first again.
 * Two agents that ask at once get two different tasks: each skips the row the other has locked.
 *
 * @param queueId of a queue from queueToTakeFrom(), in the same transaction
 */
export async function popEntry(
  taker: Taker,
  queueId: string,
  { seconds, task }: { seconds: number; task?: string | undefined },
): Promise<PoppedEntry | undefined> {
  const onlyHead = task === undefined ? sql`` : sql`AND task_id = ${task}`;
  const skip = task === undefined ? sql`SKIP LOCKED` : sql``;
  const { rows } = await sql<PoppedEntry>`
    UPDATE queue_entries SET held_until = now() + make_interval(secs => ${seconds}), held_by = ${holderOf(taker)}
    WHERE queue_id = ${queueId} ${onlyHead} AND task_id = (
      SELECT entry.task_id FROM queue_entries AS entry
      JOIN tasks ON tasks.id = entry.task_id
      JOIN queues ON queues.id = entry.queue_id
      WHERE entry.queue_id = ${queueId} AND (entry.held_until IS NULL OR entry.held_until <= now())
        AND ${takeable(taker)} AND ${handsOut(taker)}
      ORDER BY ${queueOrder} LIMIT 1 FOR UPDATE OF entry ${skip})
    RETURNING task_id, added`.execute(taker.db);
  return rows[0];
}

/** Whether popEntry() would give a task from one of the queues, and the milliseconds until the first held one may be free again. */
export async function lookAhead(
  taker: Taker,
  queueIds: readonly string[],
): Promise<{ ready: boolean; nextMs: number | null }> {
  const { rows } = await sql<{ ready: boolean | null; nextMs: number | null }>`
    SELECT bool_or(held_until IS NULL OR held_until <= now()) AS ready,
      (extract(epoch FROM min(held_until) FILTER (WHERE held_until > now()) - now()) * 1000)::float8 AS "nextMs"
    FROM queue_entries JOIN tasks ON tasks.id = task_id JOIN queues ON queues.id = queue_id
    WHERE queue_id = ANY(${queueIds}::text[]) AND ${takeable(taker)} AND ${handsOut(taker)}`.execute(
    taker.db,
  );
  const [row] = rows;
  return { ready: row?.ready ?? false, nextMs: row?.nextMs ?? null };
}

/**
 * Moves a waiting task by `steps` places, negative ones towards the head, not beyond the ends. The queue must be locked, so that
 * two moves do not mix. Answers its new place from 0, undefined when it does not wait there.
 */
export async function moveEntry(
  scope: Scope,
  queueId: string,
  taskId: string,
  steps: number,
): Promise<number | undefined> {
  // Whoever stands between the old place and the new one moves up by one; the places keep their position numbers and priorities.
  const { rows } = await sql<{ target: number }>`
    WITH line AS (
      SELECT task_id, position, priority, row_number() OVER (ORDER BY ${queueOrder}) - 1 AS place
      FROM waiting_entries WHERE queue_id = ${queueId}),
    move AS (
      SELECT place AS source, greatest(0, least(place + ${steps}, (SELECT max(place) FROM line))) AS target
      FROM line WHERE task_id = ${taskId}),
    moved AS (
      SELECT task_id, CASE WHEN place = source THEN target WHEN source < target THEN place - 1 ELSE place + 1 END AS place
      FROM line, move WHERE place BETWEEN least(source, target) AND greatest(source, target)),
    written AS (
      UPDATE queue_entries AS entry SET position = line.position, priority = line.priority FROM moved JOIN line USING (place)
      WHERE entry.queue_id = ${queueId} AND entry.task_id = moved.task_id)
    SELECT target FROM move`.execute(scope.db);
  return rows[0]?.target;
}

/**
 * Empties a queue; tasks that were queued become what they were before. Answers the ids of the removed tasks.
 *
 * @param held whether those go too that an agent was given and has not started
 */
export async function clearEntries(
  scope: Scope,
  queueId: string,
  { held, reason }: { held: boolean; reason: string },
): Promise<string[]> {
  const which = held ? sql`queue_entries` : sql`waiting_entries`;
  // Locked before anything else and in one order: so do all who change a task, then its entries.
  const { rows } = await sql<{ id: string }>`
    SELECT id FROM tasks WHERE id IN (SELECT task_id FROM ${which} WHERE queue_id = ${queueId})
    ORDER BY id FOR UPDATE`.execute(scope.db);
  const ids = rows.map(({ id }) => id);
  const removed = await sql<{ task_id: string }>`
    DELETE FROM queue_entries WHERE queue_id = ${queueId} AND task_id = ANY(${ids}::text[])
    RETURNING task_id`.execute(scope.db);
  await sql`
    UPDATE tasks SET status = coalesce(enqueue_status, 'created'), status_reason = ${reason}, status_message = '',
      status_changed = ${scope.now}, last_update = ${scope.now}, last_change = ${scope.now},
      last_changed_by = ${scope.caller.userId}, enqueue_status = NULL, execution = execution - 'queue'
    WHERE status = 'queued' AND id = ANY(${removed.rows.map(({ task_id }) => task_id)}::text[])
      AND NOT EXISTS (SELECT FROM queue_entries WHERE task_id = tasks.id)`.execute(scope.db);
  await touchQueue(scope, queueId);
  return removed.rows.map(({ task_id }) => task_id);
}
