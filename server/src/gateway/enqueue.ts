import type { Kysely } from 'kysely';
import type { Caller } from '../clearml/endpoint.ts';
import { findTaskRoute } from '../features/mappings/index.ts';
import { inTransaction } from '../platform/database.ts';
import type { DB } from '../platform/schema.ts';
import type { Call } from './call.ts';
import { insertCall } from './call-store.ts';
import { GatewayError } from './errors.ts';
import type { Params } from './params.ts';
import type { QueuedTask, TaskBackend } from './task-backend.ts';

export interface EnqueueOrder {
  by: { publicId: string } | { alias: string };
  params: Params;
  /** Name of the queue; undefined takes the mapping's default. */
  queue: string | undefined;
  /** The answer, whose size is part of the log. */
  answer(task: QueuedTask): { status: number; body: object };
}

/**
 * Queues a clone of the mapped task. The clone, its place in the queue and the row of the call commit together, so that an
 * answered call has all three and a failed one leaves nothing behind.
 *
 * @throws GatewayError unknown_public_id, unknown_queue, invalid_request
 */
export async function enqueue(
  { db, tasks }: { db: Kysely<DB>; tasks: TaskBackend },
  call: Call,
  caller: Caller,
  order: EnqueueOrder,
): Promise<{ status: number; body: object }> {
  return inTransaction(db, async (transaction) => {
    const scope = { db: transaction, caller, now: call.created };
    const mapping = await findTaskRoute(scope, order.by);
    if (!mapping) throw unknownTask(order.by);
    const { id: mapping_id, public_id, alias, task_id } = mapping;
    call.learn({ mapping_id, public_id, alias, task_id });
    call.mark('lookup');

    const task = await tasks.enqueue(scope, {
      template: task_id,
      queue: order.queue ?? mapping.default_queue,
      params: order.params,
      image: mapping.image ?? undefined,
    });
    call.learn({ queue: task.queue, clone_id: task.id, clone_name: task.name });
    call.mark('enqueue');

    const answer = order.answer(task);
    call.accepted(answer.status, Buffer.byteLength(JSON.stringify(answer.body)));
    await insertCall(transaction, call);
    return answer;
  });
}

function unknownTask(by: EnqueueOrder['by']): GatewayError {
  const message =
    'alias' in by
      ? `there is no task with the alias ${by.alias}`
      : `task_id: no task is published as ${by.publicId}`;
  return new GatewayError('unknown_public_id', message);
}
