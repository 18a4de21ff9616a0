export { queuesEndpoints } from './endpoints.ts';
export { dequeueTask, type EnqueueTarget, enqueueTask } from './queues.ts';
export { ensureQueue, findQueue, findQueueByName, type QueueName, queuePosition } from './store.ts';
export { QueueWaiters } from './waiting.ts';
