export { queuesEndpoints } from './endpoints.ts';
export { queueChannel } from './entries.ts';
export { dropOldSamples, sampleQueues } from './metrics.ts';
export { isWatched, queuePosition } from './queries.ts';
export { enqueueTask } from './queues.ts';
export { ensureQueue, findQueue, findQueueByName, type Metadata } from './store.ts';
