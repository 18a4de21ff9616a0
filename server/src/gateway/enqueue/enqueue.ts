import type { FastifyReply } from 'fastify';
import {
  findTaskRoute,
  inputCheck,
  type TaskRoute,
  type TaskRouteKey,
  wordsOfFaults,
} from '../../features/mappings/index.ts';
import type { CallbackOrder } from '../callbacks/callback-store.ts';
import type { GatewayContext } from '../context.ts';
import { GatewayError, InputError } from '../errors.ts';
import { callerId, type GatewayCaller } from '../identity/caller.ts';
import { requireRight, unknownTo } from '../identity/rights.ts';
import type { Call } from '../log/call.ts';
import type { Acceptance, QueuedTask, TaskOrder } from '../tasks/task-backend.ts';
import { type IdempotencyKey, isKeyTaken, type KeyUse, keyUse, requireNew } from './idempotency.ts';
import type { Params } from './params.ts';

export interface EnqueueOrder {
  by: TaskRouteKey;
  params: Params;
  /** Name of the queue; undefined takes the mapping's default. */
  queue: string | undefined;
  callback?: CallbackOrder | undefined;
  idempotency?: IdempotencyKey | undefined;
  /** The answer, whose size is part of the log. */
  answer(task: QueuedTask): Answer;
}

interface Answer {
  status: number;
  body: object;
}

type Context = Pick<GatewayContext, 'db' | 'tasks' | 'limits' | 'bodyChars'>;

/**
 * Queues a clone of the mapped task. The clone, its place in the queue, the row of the call, its idempotency key and its callback
 * commit together, so that an answered call has all of them and a failed one leaves nothing behind.
 *
 * @throws RepeatedCall for one that was made before with the same idempotency key; it counts for no limit, unless both
 *   come at once
 * @throws GatewayError unknown_public_id, forbidden, idempotency_conflict, rate_limited, quota_exceeded, queue_not_allowed,
 *   unknown_queue, invalid_params, invalid_request, backend_refused, backend_unavailable
 */
export async function enqueue(
  context: Context,
  call: Call,
  caller: GatewayCaller,
  order: EnqueueOrder,
  reply: FastifyReply,
): Promise<Answer> {
  const { db, tasks, limits } = context;
  const scope = { db, caller, now: call.created };
  const mapping = await findTaskRoute(scope, order.by);
  if (!mapping) throw unknownTo(caller, unknownTask(order.by));
  const { id: mapping_id, public_id, alias, task_id } = mapping;
  call.learn({ mapping_id, public_id, alias, task_id });
  call.mark('lookup');
  // A consumer key that is good for a model is good for the task that takes its calls; people need the right to both.
  if (!(caller.key && 'id' in order.by)) requireRight(caller, mapping);

  const { company } = caller;
  const use =
    order.idempotency &&
    keyUse(order.idempotency, { company, callerId: callerId(caller), mappingId: mapping_id });
  if (use) await requireNew(db, use);
  await limits.consume(caller, mapping, reply).catch(async (error) => {
    // The call that it repeats may have been accepted since, and have used up the limit itself.
    if (use && isLimitReached(error)) await requireNew(db, use);
    throw error;
  });
  const accept = (task: QueuedTask) => acceptance(context, call, { mapping, order, task, use });
  const taskOrder = taskOrderOf(call, caller, mapping, order);
  for (;;) {
    try {
      return await tasks.enqueue(scope, taskOrder, accept);
    } catch (error) {
      if (!use || !isKeyTaken(error)) throw error;
      // Goes on when the call that took the key was refused and has left it.
      await requireNew(db, use);
    }
  }
}

function isLimitReached(error: unknown): boolean {
  return error instanceof GatewayError && (error.code === 'rate_limited' || error.code === 'quota_exceeded');
}

/** What is asked of the backend, when the call fits the mapping. */
function taskOrderOf(call: Call, caller: GatewayCaller, mapping: TaskRoute, order: EnqueueOrder): TaskOrder {
  const queue = queueFor(mapping, order.queue);
  const faults = inputCheck(mapping)?.(order.params);
  if (faults) throw new InputError(`params do not fit the task: ${wordsOfFaults(faults)}`, faults);
  const who = caller.key ? `the consumer key ${caller.key.name}` : caller.userName;
  return {
    callId: call.id,
    template: mapping.task_id,
    queue,
    params: order.params,
    image: mapping.image ?? undefined,
    isUrgent: mapping.priority === 'high',
    project: mapping.clone_project ?? undefined,
    tags: mapping.clone_tags,
    comment: `Called through the gateway by ${who} (call ${call.id})`,
  };
}

function queueFor({ default_queue, queues }: TaskRoute, wanted = default_queue): string {
  if (wanted === default_queue || queues === null || queues.includes(wanted)) return wanted;
  const remedy =
    queues.length === 0
      ? 'leave it out'
      : `leave it out or choose one of ${[default_queue, ...queues].join(', ')}`;
  throw new GatewayError('queue_not_allowed', `queue: this task does not go to ${wanted}; ${remedy}`);
}

interface Accepted {
  mapping: TaskRoute;
  order: EnqueueOrder;
  task: QueuedTask;
  use: KeyUse | undefined;
}

function acceptance(
  { bodyChars }: Context,
  call: Call,
  { mapping, order, task, use }: Accepted,
): Acceptance<Answer> {
  call.learn({ queue: task.queue, clone_name: task.name, ...(task.id && { clone_id: task.id }) });
  call.mark('enqueue');
  const answer = order.answer(task);
  const bytes = Buffer.from(JSON.stringify(answer.body));
  call.accepted(answer.status, bytes.length, { bytes, size: bytes.length, contentType: 'application/json' });
  const rows = {
    // No server sends its answer any longer than this call takes.
    call: call.record({ bodyChars, server: 0 }),
    key: use && { ...use, callId: call.id },
    callback: order.callback && { ...order.callback, call_id: call.id, mapping_id: mapping.id },
  };
  return { rows, answer };
}

function unknownTask(by: EnqueueOrder['by']): GatewayError {
  const message =
    'alias' in by
      ? `there is no task with the alias ${by.alias}`
      : 'publicId' in by
        ? `task_id: no task is published as ${by.publicId}`
        : 'the task that takes the calls of this model no longer exists';
  return new GatewayError('unknown_public_id', message);
}
