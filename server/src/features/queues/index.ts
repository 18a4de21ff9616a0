export { queuesEndpoints } from './endpoints.ts';
export { enqueueTask } from './queues.ts';
export {
  ensureQueue,
  findQueueByName,
  queueChannel,
  queuePosition,
} from './store.ts';
