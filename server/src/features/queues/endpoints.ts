import { type Endpoint, read, write } from '../../clearml/endpoint.ts';
import { ClearmlError } from '../../clearml/errors.ts';
import { findDocument, findDocuments } from '../../clearml/query/index.ts';
import { wireDate, wireFields } from '../../clearml/wire.ts';
import type { Notifications } from '../../platform/notifications.ts';
import { findTask } from '../tasks/index.ts';
import { dequeueTask, enqueueTask } from './queues.ts';
import {
  anyEntries,
  countEntries,
  createQueue,
  defaultQueue,
  isWatched,
  popEntry,
  queues,
  removeEntry,
  requireQueue,
  wireEntries,
} from './store.ts';

const defaultWaitSeconds = 25;

export function queuesEndpoints(queued: Notifications): Endpoint[] {
  return [...queueReads, ...queueWrites, ...taskMoves, waitForTask(queued)];
}

const queueReads: Endpoint[] = [
  read('queues.get_by_id', async (call, { queue: id, max_task_entries }) => {
    const queue = await findDocument(call, queues(max_task_entries), id);
    if (!queue) throw new ClearmlError('invalid_queue_id', `id=${id}`);
    return { queue: wireEntries(queue) };
  }),

  read('queues.get_all', async (call, { max_task_entries, ...request }) => {
    const { documents, scrollId } = await findDocuments(call, queues(max_task_entries), request);
    return { queues: documents.map(wireEntries), ...(scrollId && { scroll_id: scrollId }) };
  }),

  read('queues.get_default', (call) => defaultQueue(call)),

  read('queues.get_num_entries', async (call, { queue: id }) => {
    const queue = await requireQueue(call, id);
    return { num: await countEntries(call, queue.id) };
  }),
];

const queueWrites: Endpoint[] = [
  write('queues.create', async (call, { name, ...properties }) => {
    return { id: await createQueue(call, name, properties) };
  }),

  write('queues.get_next_task', async (call, { queue: id, task, get_task_info }) => {
    const queue = await requireQueue(call, id);
    const entry = await popEntry(call, queue.id, task);
    if (!entry) return {};
    const owner = get_task_info ? await findTask(call, entry.task_id) : undefined;
    return {
      entry: { task: entry.task_id, added: wireDate(entry.added) },
      ...(owner && { task_info: { company: owner.company, user: owner.user_id } }),
    };
  }),

  write('queues.remove_task', async (call, { queue: id, task, update_task_status }) => {
    const queue = await requireQueue(call, id);
    if (!(await removeEntry(call, queue.id, task))) {
      throw new ClearmlError('invalid_queue_or_task_not_queued', `queue=${id}, task=${task}`);
    }
    if (update_task_status) await dequeueTask(call, task);
    return { removed: 1 };
  }),
];

const taskMoves: Endpoint[] = [
  write('tasks.enqueue', async (call, request) => {
    const { queue, fields } = await enqueueTask(call, request.task, {
      queueId: request.queue,
      queueName: request.queue_name,
      reason: request.status_reason,
      message: request.status_message,
    });
    const watched = request.verify_watched_queue ? { queue_watched: await isWatched(call, queue.id) } : {};
    return { queued: 1, updated: 1, fields: wireFields(fields), ...watched };
  }),

  write('tasks.dequeue', async (call, request) => {
    const { new_status: status, status_reason: reason, status_message: message } = request;
    const fields = await dequeueTask(call, request.task, { status, reason, message });
    return { dequeued: 1, updated: fields ? 1 : 0, fields: wireFields(fields ?? {}) };
  }),
];

function waitForTask(queued: Notifications): Endpoint {
  return read('queues.wait_for_task', async (call, { queues: ids, timeout = defaultWaitSeconds }) => {
    const deadline = Date.now() + timeout * 1000;
    for (;;) {
      // Listen first, look second: a task queued in between is not missed.
      const done = new AbortController();
      call.signal.addEventListener('abort', () => done.abort(), { signal: done.signal });
      try {
        const wake = queued.wait(ids, Math.max(deadline - Date.now(), 0), done.signal);
        const ready = await anyEntries(call, ids);
        if (ready || call.signal.aborted) done.abort();
        await wake;
        if (ready || call.signal.aborted || Date.now() >= deadline) return { ready };
      } finally {
        done.abort();
      }
    }
  });
}
