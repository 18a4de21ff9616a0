import { type RawBuilder, type SqlBool, sql } from 'kysely';
import type { Call, Scope } from '../../clearml/endpoint.ts';
import { ClearmlError } from '../../clearml/errors.ts';
import { type LockedQueue, lockOwnQueue, type QueueName } from './store.ts';

/** Where PostgreSQL notifies the id of a queue that got a task; the trigger on queue_entries names it too. */
export const queueChannel = 'queue_entry';

/** Who asks for a task: a caller, and the worker or host that the call speaks for. */
export type Taker = Scope & Pick<Call, 'worker'>;

/**
 * Shared by all that take tasks, exclusive to who pauses a queue or drains a worker: once they have answered, nothing is handed out
 * that was asked for earlier. Lives in the memory of PostgreSQL, so that an agent that finds nothing writes nothing.
 */
const lock = 7_251_547;

/** The queue to take a task from, or 400/701. Its statement comes before the one that takes, which then sees whatever was paused. */
export async function queueToTakeFrom({ db, caller }: Scope, id: string): Promise<QueueName> {
  const { rows } = await sql<QueueName>`
    SELECT id, name, pg_advisory_xact_lock_shared(${lock}) FROM queues
    WHERE id = ${id} AND company IN (${caller.company}, '')`.execute(db);
  const [queue] = rows;
  if (!queue) throw new ClearmlError('invalid_queue_id', `id=${id}`);
  return { id: queue.id, name: queue.name };
}

/** Lets those who are taking a task finish, and nobody else begin until the transaction ends. */
export async function holdHandingOut({ db }: Scope): Promise<void> {
  await sql`SELECT pg_advisory_xact_lock(${lock})`.execute(db);
}

/** Whether `queues` hands out tasks at all, and to this taker. */
export function handsOut(taker: Taker): RawBuilder<SqlBool> {
  return sql<SqlBool>`(queues.paused IS NULL AND NOT ${isDrained(taker)})`;
}

/**
 * Whether the taker is a worker that was drained. Our agent sends its worker's id. The official one sends the name of its host, which
 * several workers may share: they are told apart by the session that each reports with. Until a worker has reported with a new one, it
 * waits if any of its host is drained.
 */
function isDrained({ caller, worker = '' }: Taker): RawBuilder<SqlBool> {
  const { company, userId, proof } = caller;
  const session = proof?.rootSession ?? '';
  return sql<SqlBool>`EXISTS (
    WITH alike AS (
      SELECT worker_id, CASE WHEN session IS DISTINCT FROM ${session} THEN 3 WHEN worker_id = ${worker} THEN 1 ELSE 2 END AS rank
      FROM workers
      WHERE company = ${company} AND user_id = ${userId}
        AND (worker_id = ${worker} OR sender = ${worker} OR session = ${session}))
    SELECT FROM drained_workers
    WHERE company = ${company} AND (
      worker_id IN (SELECT worker_id FROM alike WHERE rank = (SELECT min(rank) FROM alike))
      OR (worker_id = ${worker} AND NOT EXISTS (SELECT FROM alike))))`;
}

/**
 * Stops a queue from handing out tasks; it takes them all the same, and they keep their order.
 *
 * @returns the queue, undefined when it was paused already
 * @throws ClearmlError 400/701, and 403/21 for a public one
 */
export async function pauseQueue(scope: Scope, id: string): Promise<LockedQueue | undefined> {
  const queue = await lockOwnQueue(scope, id);
  await holdHandingOut(scope);
  const { numUpdatedRows } = await scope.db
    .updateTable('queues')
    .set({ paused: scope.now, paused_by: scope.caller.userName })
    .where('id', '=', id)
    .where('paused', 'is', null)
    .executeTakeFirst();
  return numUpdatedRows > 0n ? queue : undefined;
}

/** Lets a paused queue hand out again and wakes who waits for its tasks; undefined when it was not paused. */
export async function resumeQueue(scope: Scope, id: string): Promise<LockedQueue | undefined> {
  const queue = await lockOwnQueue(scope, id);
  const { numUpdatedRows } = await scope.db
    .updateTable('queues')
    .set({ paused: null, paused_by: null })
    .where('id', '=', id)
    .where('paused', 'is not', null)
    .executeTakeFirst();
  await wakeWaiting(scope, [id]);
  return numUpdatedRows > 0n ? queue : undefined;
}

/** Has agents look into queues again, when the transaction commits. */
export async function wakeWaiting({ db }: Scope, queueIds: readonly string[]): Promise<void> {
  await sql`SELECT pg_notify(${queueChannel}, id) FROM unnest(${[...queueIds]}::text[]) AS id`.execute(db);
}
