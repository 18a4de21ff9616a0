import { type Endpoint, write } from '../../clearml/endpoint.ts';
import { forEachId } from '../../clearml/many.ts';
import { wireFields } from '../../clearml/wire.ts';
import { isWatched } from './queries.ts';
import { dequeueTask, enqueueTask, targetQueue } from './queues.ts';

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
    const { status_reason: reason, status_message: message } = request;
    // Once for all: a queue that is wrong fails the call, not each task.
    const queue = await targetQueue(call, { queueId, queueName });
    const answer = await forEachId(call, ids, async (id) => {
      const { fields } = await enqueueTask(call, id, { queueId: queue.id, reason, message });
      return { updated: 1, fields: wireFields(fields), queued: true };
    });
    return { ...answer, ...(verify && { queue_watched: await isWatched(call, queue.id) }) };
  }),

  write('tasks.dequeue', async (call, request) => {
    const { new_status: status, status_reason: reason, status_message: message } = request;
    const fields = await dequeueTask(call, request.task, { status, reason, message });
    return { dequeued: 1, updated: fields ? 1 : 0, fields: wireFields(fields ?? {}) };
  }),

  write('tasks.dequeue_many', async (call, { ids, new_status, status_reason, status_message }) =>
    forEachId(call, ids, async (id) => {
      const fields = await dequeueTask(call, id, {
        status: new_status,
        reason: status_reason,
        message: status_message,
      });
      return { updated: fields ? 1 : 0, fields: wireFields(fields ?? {}), dequeued: true };
    }),
  ),
];
