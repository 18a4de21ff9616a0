import type { Call, Scope } from '../../clearml/endpoint.ts';
import { ClearmlError } from '../../clearml/errors.ts';
import {
  changeStatus,
  findTask,
  lockTask,
  removeFromQueues,
  type Status,
  type TaskChanges,
  type TaskRow,
  validateTask,
  writeTask,
} from '../tasks/index.ts';
import { addEntry, clearEntries, entriesOf, type Holder, holderOf, leaveOthers } from './entries.ts';
import { countEntries } from './queries.ts';
import {
  defaultQueue,
  deleteQueueRow,
  ensureQueue,
  lockOwnQueue,
  type Metadata,
  type QueueName,
  requireQueue,
} from './store.ts';

/** Who gives or takes; a call that came over the wire says its worker. */
type QueueScope = Scope & Partial<Pick<Call, 'worker'>>;

export interface EnqueueTarget {
  queueId?: string | undefined;
  queueName?: string | undefined;
  reason?: string | undefined;
  message?: string | undefined;
  /** Whether `execution.queue` of the task follows; it does unless told. */
  updateExecution?: boolean | undefined;
  /** Whether to refuse a task that lacks what a run needs. */
  validate?: boolean | undefined;
  /** For a task that is queued again because its worker was lost: how often in a row. */
  lostCount?: number;
  /** Before all that is not urgent, behind what came so earlier. */
  isUrgent?: boolean;
}

/**
 * Puts a task at the end of a queue, or before what is not urgent: by id, by name (made when missing), or the default queue. It
 * leaves any other queue. A repeated call changes nothing: the task keeps its place, and one that an agent was given meanwhile is
 * not given again.
 *
 * @throws ClearmlError 400/101, 400/701, 400/707, and 400/121 for a task that cannot be queued now
 */
export async function enqueueTask(
  scope: QueueScope,
  taskId: string,
  target: EnqueueTarget = {},
): Promise<{ queue: QueueName; fields: TaskChanges }> {
  const queue = await targetQueue(scope, target);
  const task = await lockTask(scope, taskId);
  if (target.validate) await validateTask(scope, task);
  if (task.status === 'queued' && (await isIn(scope, queue.id, task))) {
    await leaveOthers(scope, taskId, queue.id);
    return { queue, fields: queuedFields(task) };
  }
  const wasQueued = task.status === 'queued';
  const { queue: _before, ...execution } = task.execution as Record<string, unknown>;
  const fields = await changeStatus(scope, task, {
    status: 'queued',
    reason: target.reason,
    message: target.message,
    changes: {
      enqueue_status: wasQueued ? task.enqueue_status : task.status,
      lost_count: target.lostCount ?? 0,
      ...(target.updateExecution !== false && { execution: { ...execution, queue: queue.id } }),
    },
  });
  await leaveOthers(scope, taskId, queue.id);
  await addEntry(scope, queue.id, taskId, target.isUrgent);
  const { execution: _execution, lost_count: _count, ...rest } = fields;
  const executionQueue = target.updateExecution !== false && { 'execution.queue': queue.id };
  return { queue, fields: { ...rest, ...executionQueue } as TaskChanges };
}

/** The queue by its id, by its name (made when missing), or the default one. */
export async function targetQueue(scope: Scope, { queueId, queueName }: EnqueueTarget): Promise<QueueName> {
  if (queueId) return requireQueue(scope, queueId);
  return queueName ? ensureQueue(scope, queueName) : defaultQueue(scope);
}

/**
 * Whether the task waits in the queue, or an agent other than the caller was given it from there. To that agent itself the task is
 * out of the queue: it may put it back.
 */
async function isIn(scope: QueueScope, queueId: string, task: TaskRow): Promise<boolean> {
  const entry = (await entriesOf(scope, task.id)).find(({ queue_id }) => queue_id === queueId);
  return entry !== undefined && (entry.waiting || entry.held_by !== holder(scope));
}

function holder({ caller, worker }: QueueScope): Holder {
  return holderOf({ caller, worker });
}

function queuedFields(task: TaskRow): TaskChanges {
  const { status, status_reason, status_message, status_changed, last_update, last_change, last_changed_by } =
    task;
  return {
    status,
    status_reason,
    status_message,
    status_changed,
    last_update,
    last_change,
    last_changed_by,
    enqueue_status: task.enqueue_status,
    'execution.queue': (task.execution as { queue?: string }).queue,
  } as TaskChanges;
}

/**
 * Adds a task to a queue whatever its status, which stays.
 *
 * @throws ClearmlError 400/101, 400/701, and 400/706 when it is there already
 */
export async function addTask(
  scope: QueueScope,
  queueId: string,
  taskId: string,
  updateExecution = true,
): Promise<void> {
  const queue = await requireQueue(scope, queueId);
  const task = await lockTask(scope, taskId);
  if (await isIn(scope, queue.id, task)) {
    throw new ClearmlError('task_already_queued', `task=${taskId}, queue=${queueId}`);
  }
  await addEntry(scope, queue.id, taskId);
  if (updateExecution) {
    const execution = { ...(task.execution as Record<string, unknown>), queue: queue.id };
    await writeTask(scope, task.id, { execution });
  }
}

/** What a task may become that leaves its queue. */
const statusesAfter: readonly Status[] = [
  'created',
  'in_progress',
  'stopped',
  'failed',
  'completed',
  'closed',
];

export interface DequeueOptions {
  status?: string | undefined;
  reason?: string | undefined;
  message?: string | undefined;
  /** Whether it also leaves queues that it was added to beside the one of its `execution.queue`. */
  everywhere?: boolean | undefined;
}

/**
 * Takes a task out of its queue; one that was queued then waits in no other either. It becomes `status`, or what it was before it was queued, if it is queued or in progress. An id
 * that belongs to no task (any more) is not an error: then there is nothing to change.
 *
 * @throws ClearmlError 400/12 for a status that a dequeued task cannot have
 */
export async function dequeueTask(
  scope: Scope,
  taskId: string,
  options: DequeueOptions = {},
): Promise<TaskChanges | undefined> {
  const status = options.status as Status | undefined;
  if (status && !statusesAfter.includes(status)) {
    throw new ClearmlError('validation_error', `new_status must be one of ${statusesAfter.join(', ')}`);
  }
  if (!(await findTask(scope, taskId))) return undefined;
  const task = await lockTask(scope, taskId);
  const { queue, ...execution } = task.execution as { queue?: string };
  await removeFromQueues(scope, taskId, options.everywhere ? undefined : queue);
  if (task.status !== 'queued' && task.status !== 'in_progress') return undefined;
  return changeStatus(scope, task, {
    status: status ?? ((task.enqueue_status ?? 'created') as Status),
    reason: options.reason,
    message: options.message,
    force: true,
    changes: { enqueue_status: null, ...(status !== 'in_progress' && { execution }) },
  });
}

/** Deletes a queue; its tasks become what they were before. Throws 400/701, and 400/702 for one with tasks unless forced. */
export async function deleteQueue(scope: Scope, id: string, force = false): Promise<void> {
  const queue = await lockOwnQueue(scope, id);
  const waiting = await countEntries(scope, id);
  if (waiting > 0 && !force) {
    throw new ClearmlError(
      'queue_not_empty',
      `${waiting} tasks wait in ${queue.name}; use force=true to delete it`,
      {
        id,
      },
    );
  }
  // Also what an agent was given and has not started: should it never do so, the task would be queued nowhere.
  await clearEntries(scope, id, { held: true, reason: `queue ${queue.name} was deleted` });
  await deleteQueueRow(scope, id);
}

/** Items by their key; throws 400/12 for one without. */
export function metadataByKey(items: readonly Metadata[string][]): Metadata {
  return Object.fromEntries(
    items.map((item, index) => {
      if (!item.key) throw new ClearmlError('validation_error', `metadata.${index} has no key`);
      return [item.key, item];
    }),
  );
}
