export { queuesEndpoints } from './endpoints.ts';
export { dequeueTask, type EnqueueTarget, enqueueTask } from './queues.ts';
export {
  ensureQueue,
  findQueue,
  findQueueByName,
  type QueueName,
  queueChannel,
  queuePosition,
} from './store.ts';
