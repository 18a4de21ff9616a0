import type { Scope } from '../../clearml/endpoint.ts';
import { ClearmlError } from '../../clearml/errors.ts';
import {
  changeStatus,
  findTask,
  lockTask,
  removeFromQueues,
  type Status,
  type TaskChanges,
} from '../tasks/index.ts';
import {
  addEntry,
  createQueue,
  defaultQueue,
  findQueueByName,
  type QueueName,
  requireQueue,
} from './store.ts';

export interface EnqueueTarget {
  queueId?: string | undefined;
  queueName?: string | undefined;
  reason?: string | undefined;
  message?: string | undefined;
}

/**
 * Puts a task at the end of a queue: by id, by name (made when missing), or the default queue. It leaves any other queue.
 *
 * @throws ClearmlError 400/101, 400/701, 400/707, and 400/121 for a task that cannot be queued now
 */
export async function enqueueTask(
  scope: Scope,
  taskId: string,
  target: EnqueueTarget = {},
): Promise<{ queue: QueueName; fields: TaskChanges }> {
  const queue = await targetQueue(scope, target);
  const task = await lockTask(scope, taskId);
  const wasQueued = task.status === 'queued';
  await removeFromQueues(scope, taskId);
  const fields = await changeStatus(scope, task, {
    status: 'queued',
    reason: target.reason,
    message: target.message,
    changes: {
      enqueue_status: wasQueued ? task.enqueue_status : task.status,
      execution: { ...(task.execution as Record<string, unknown>), queue: queue.id },
    },
  });
  await addEntry(scope, queue.id, taskId);
  const { execution: _execution, ...rest } = fields;
  return { queue, fields: { ...rest, 'execution.queue': queue.id } as TaskChanges };
}

async function targetQueue(scope: Scope, { queueId, queueName }: EnqueueTarget): Promise<QueueName> {
  if (queueId) return requireQueue(scope, queueId);
  if (!queueName) return defaultQueue(scope);
  const found = await findQueueByName(scope, queueName);
  return found ?? { id: await createQueue(scope, queueName), name: queueName };
}

/**
 * Takes a task out of its queues. It becomes `status`, or what it was before it was queued, if it is queued or in progress.
 * The id of a task that no longer exists is not an error.
 */
export async function dequeueTask(
  scope: Scope,
  taskId: string,
  options: { status?: string | undefined; reason?: string | undefined; message?: string | undefined } = {},
): Promise<TaskChanges | undefined> {
  const removed = await removeFromQueues(scope, taskId);
  if (!(await findTask(scope, taskId))) {
    if (removed.length === 0) throw new ClearmlError('invalid_task_id', `id=${taskId}`);
    return undefined;
  }
  const task = await lockTask(scope, taskId);
  if (task.status !== 'queued' && task.status !== 'in_progress') return undefined;
  const { queue: _queue, ...execution } = task.execution as Record<string, unknown>;
  return changeStatus(scope, task, {
    status: (options.status ?? task.enqueue_status ?? 'created') as Status,
    reason: options.reason,
    message: options.message,
    force: true,
    changes: { enqueue_status: null, ...(options.status !== 'in_progress' && { execution }) },
  });
}
