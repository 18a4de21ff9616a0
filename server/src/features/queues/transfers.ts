import { sql } from 'kysely';
import type { Scope } from '../../clearml/endpoint.ts';
import { ClearmlError } from '../../clearml/errors.ts';
import { writable } from '../../clearml/rights.ts';
import { addEntry, leaveOthers, queueOrder, removeEntry } from './entries.ts';
import { dequeueTask, enqueueTask } from './queues.ts';
import { requireQueue } from './store.ts';

interface Waiting {
  id: string;
  urgent: boolean;
  /** Whether it waits to run, as all do that were not added by `queues.add_task`. */
  queued: boolean;
}

/**
 * The tasks of these that wait in the queue and may be changed, in the queue's order, locked with their entries: no agent is given one
 * until the transaction ends. One that an agent is just being given is left out.
 */
async function lockWaiting(scope: Scope, queueId: string, taskIds: readonly string[]): Promise<Waiting[]> {
  // Tasks before their entries and in one order: so do all who change a task.
  const { rows: tasks } = await sql<{ id: string; status: string }>`
    SELECT id, status FROM tasks WHERE id = ANY(${[...taskIds]}::text[]) AND ${writable(scope, 'tasks')}
    ORDER BY id FOR UPDATE`.execute(scope.db);
  const statuses = new Map(tasks.map(({ id, status }) => [id, status]));
  const { rows } = await sql<{ id: string; urgent: boolean }>`
    SELECT task_id AS id, priority > 0 AS urgent FROM queue_entries
    WHERE queue_id = ${queueId} AND task_id = ANY(${[...statuses.keys()]}::text[])
      AND (held_until IS NULL OR held_until <= now())
    ORDER BY ${queueOrder} FOR UPDATE SKIP LOCKED`.execute(scope.db);
  return rows.map((row) => ({ ...row, queued: statuses.get(row.id) === 'queued' }));
}

/**
 * Moves waiting tasks to the end of another queue, where what is urgent stays so. Answers which.
 *
 * @throws ClearmlError 400/701 for a queue that does not exist
 */
export async function transferEntries(
  scope: Scope,
  from: string,
  to: string,
  taskIds: readonly string[],
): Promise<string[]> {
  await requireQueue(scope, to);
  const waiting = await lockWaiting(scope, from, taskIds);
  for (const { id, urgent, queued } of waiting) {
    if (queued) await enqueueTask(scope, id, { queueId: to, isUrgent: urgent });
    else {
      await leaveOthers(scope, id, to);
      await addEntry(scope, to, id, urgent);
    }
  }
  return waiting.map(({ id }) => id);
}

/** Takes waiting tasks out of a queue; they become what they were before they were queued. Answers which. */
export async function withdrawEntries(
  scope: Scope,
  queueId: string,
  taskIds: readonly string[],
  reason: string,
): Promise<string[]> {
  const waiting = await lockWaiting(scope, queueId, taskIds);
  for (const { id, queued } of waiting) {
    await removeEntry(scope, queueId, id);
    if (queued) await dequeueTask(scope, id, { reason });
  }
  return waiting.map(({ id }) => id);
}

/** Queues tasks again that were taken out, in the given order; those that cannot be queued any more are left out. */
export async function requeueEntries(
  scope: Scope,
  queueId: string,
  taskIds: readonly string[],
): Promise<string[]> {
  const done: string[] = [];
  for (const id of taskIds) {
    try {
      await enqueueTask(scope, id, { queueId });
      done.push(id);
    } catch (error) {
      // Deleted, started, or changed in some other way since: a refusal, after which the transaction goes on.
      if (!(error instanceof ClearmlError) || error.code === 'invalid_queue_id') throw error;
    }
  }
  return done;
}
