export { queuesEndpoints } from './endpoints.ts';
export { queueChannel, queueOrder } from './entries.ts';
export { dropOldSamples, type QueueDepth, queueDepths, sampleQueues } from './metrics.ts';
export { isWatched, queuePosition, queuePositions } from './queries.ts';
export { enqueueTask } from './queues.ts';
export { ensureQueue, findQueue, findQueueByName, type Metadata } from './store.ts';
