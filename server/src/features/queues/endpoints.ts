import { type Endpoint, read, write } from '../../clearml/endpoint.ts';
import { ClearmlError } from '../../clearml/errors.ts';
import { findDocument, findDocuments, findExpanded } from '../../clearml/query/index.ts';
import { timeRange } from '../../clearml/time-range.ts';
import { wireFields } from '../../clearml/wire.ts';
import type { Notifications } from '../../platform/notifications.ts';
import { entryEndpoints } from './entry-endpoints.ts';
import { queueMetrics, sampleQueues } from './metrics.ts';
import { queues, wireEntries, withoutGlueQueues } from './queries.ts';
import { deleteQueue, metadataByKey } from './queues.ts';
import { createQueue, defaultQueue, lockOwnQueue, updateQueue } from './store.ts';
import { taskEndpoints } from './task-endpoints.ts';
import { waitEndpoint } from './wait.ts';

/**
 * @param queued tells the ids of queues that got a task
 * @param holdSeconds how long a task that an agent was given may stay unstarted before another one gets it
 */
export function queuesEndpoints(queued: Notifications, holdSeconds: number): Endpoint[] {
  return [
    ...queueReads,
    ...queueWrites,
    ...metadataEndpoints,
    ...entryEndpoints(holdSeconds),
    ...taskEndpoints,
    waitEndpoint(queued),
  ];
}

const queueReads: Endpoint[] = [
  read('queues.get_by_id', async (call, { queue: id, max_task_entries }) => {
    const queue = await findDocument(call, queues(max_task_entries), id);
    if (!queue) throw new ClearmlError('invalid_queue_id', `id=${id}`);
    return { queue: wireEntries(queue) };
  }),

  read('queues.get_all', async (call, { max_task_entries, ...request }) => {
    const entity = queues(max_task_entries);
    const { documents, scrollId } = await findDocuments(call, entity, request, withoutGlueQueues(request));
    return { queues: documents.map(wireEntries), ...(scrollId && { scroll_id: scrollId }) };
  }),

  read('queues.get_all_ex', async (call, { max_task_entries, only_fields = [], ...request }) => {
    const entity = queues(max_task_entries);
    // The web asks for ["*", "entries.task.name"]: everything, and more of the tasks.
    const fields = only_fields.flatMap((name) => (name === '*' ? Object.keys(entity.fields) : [name]));
    const filter = { ...request, only_fields: fields };
    const { documents, scrollId } = await findExpanded(call, entity, filter, withoutGlueQueues(request));
    return { queues: documents.map(wireEntries), ...(scrollId && { scroll_id: scrollId }) };
  }),

  read('queues.get_default', (call) => defaultQueue(call)),
];

const queueWrites: Endpoint[] = [
  write('queues.create', async (call, { name, tags, system_tags, display_name, metadata }) => {
    return { id: await createQueue(call, name, { tags, system_tags, display_name, metadata }) };
  }),

  write('queues.update', async (call, { queue: id, name, tags, system_tags, display_name, metadata }) => {
    const queue = await lockOwnQueue(call, id);
    const fields = await updateQueue(call, queue, { name, tags, system_tags, display_name, metadata });
    return { updated: Object.keys(fields).length > 0 ? 1 : 0, fields: wireFields(fields) };
  }),

  write('queues.delete', async (call, { queue: id, force }) => {
    await deleteQueue(call, id, force);
    return { deleted: 1 };
  }),

  // Writes only when it is told to refresh.
  write('queues.get_queue_metrics', async (call, { queue_ids: ids, refresh, ...request }) => {
    const range = timeRange(request);
    if (refresh) await sampleQueues(call.db, call.caller.company);
    return { queues: await queueMetrics(call, range, ids) };
  }),
];

const metadataEndpoints: Endpoint[] = [
  write('queues.add_or_update_metadata', async (call, { queue: id, metadata: items, replace_metadata }) => {
    const queue = await lockOwnQueue(call, id);
    const given = metadataByKey(items);
    await updateQueue(call, queue, { metadata: replace_metadata ? given : { ...queue.metadata, ...given } });
    return { updated: 1 };
  }),

  write('queues.delete_metadata', async (call, { queue: id, keys }) => {
    const queue = await lockOwnQueue(call, id);
    const found = keys.filter((key) => Object.hasOwn(queue.metadata, key));
    if (found.length === 0) return { updated: 0 };
    const rest = Object.entries(queue.metadata).filter(([key]) => !found.includes(key));
    await updateQueue(call, queue, { metadata: Object.fromEntries(rest) });
    return { updated: 1 };
  }),
];
