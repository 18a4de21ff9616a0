import { type Endpoint, write } from '../../clearml/endpoint.ts';
import { forEachId } from '../../clearml/many.ts';
import { wireFields } from '../../clearml/wire.ts';
import { isWatched } from './queries.ts';
import { type DequeueOptions, dequeueTask, enqueueTask, targetQueue } from './queues.ts';

/** Calls about a task whose rules are those of queues. */
export const taskEndpoints: Endpoint[] = [
  write('tasks.enqueue', async (call, request) => {
    const { queue, fields } = await enqueueTask(call, request.task, {
      queueId: request.queue,
      queueName: request.queue_name,
      reason: request.status_reason,
      message: request.status_message,
      updateExecution: request.update_execution_queue,
    });
    const watched = request.verify_watched_queue ? { queue_watched: await isWatched(call, queue.id) } : {};
    return { queued: 1, updated: 1, fields: wireFields(fields), ...watched };
  }),

  write('tasks.enqueue_many', async (call, request) => {
    const { ids, queue: queueId, queue_name: queueName, verify_watched_queue: verify } = request;
    const { status_reason: reason, status_message: message, validate_tasks: validate } = request;
    // Once for all: a queue that is wrong fails the call, not each task.
    const queue = await targetQueue(call, { queueId, queueName });
    const answer = await forEachId(call, ids, async (id) => {
      const { fields } = await enqueueTask(call, id, { queueId: queue.id, reason, message, validate });
      return { updated: 1, fields: wireFields(fields), queued: true };
    });
    return { ...answer, ...(verify && { queue_watched: await isWatched(call, queue.id) }) };
  }),

  write('tasks.dequeue', async (call, { task, ...request }) => {
    const fields = await dequeueTask(call, task, dequeueOptions(request));
    return { dequeued: 1, updated: fields ? 1 : 0, fields: wireFields(fields ?? {}) };
  }),

  write('tasks.dequeue_many', async (call, { ids, ...request }) =>
    forEachId(call, ids, async (id) => {
      const fields = await dequeueTask(call, id, dequeueOptions(request));
      return { updated: fields ? 1 : 0, fields: wireFields(fields ?? {}), dequeued: true };
    }),
  ),
];

function dequeueOptions(request: {
  new_status?: string;
  status_reason?: string;
  status_message?: string;
  remove_from_all_queues?: boolean;
}): DequeueOptions {
  const { new_status: status, status_reason: reason, status_message: message } = request;
  return { status, reason, message, everywhere: request.remove_from_all_queues };
}
