export { queuesEndpoints } from './endpoints.ts';
export { queueChannel, queueOrder } from './entries.ts';
export { dropOldSamples, type QueueDepth, queueDepths, sampleQueues } from './metrics.ts';
export { isWatched, queuePosition, queuePositions } from './queries.ts';
export { insertQueuedClones, type QueuedClone, queuedClone } from './queued-clones.ts';
export { enqueueTask } from './queues.ts';
export {
  ensureQueue,
  findQueue,
  findQueueByName,
  type Metadata,
  type QueueName,
  selectQueueByName,
} from './store.ts';
