export { queuesEndpoints } from './endpoints.ts';
export { queueOrder } from './entries.ts';
export { holdHandingOut, pauseQueue, queueChannel, resumeQueue, wakeWaiting } from './handing-out.ts';
export { dropOldSamples, type QueueDepth, queueDepths, sampleDays, sampleQueues } from './metrics.ts';
export { type Place, placeEntries } from './places.ts';
export { isWatched, queuePosition, queuePositions } from './queries.ts';
export { insertQueuedClones, type QueuedClone, queuedClone } from './queued-clones.ts';
export { deleteQueue, enqueueTask } from './queues.ts';
export {
  createQueue,
  ensureQueue,
  findQueue,
  findQueueByName,
  lockOwnQueue,
  lockQueue,
  type Metadata,
  type QueueName,
  requeueKey,
  requeuesLost,
  selectQueueByName,
  updateQueue,
} from './store.ts';
export {
  type EntrySummary,
  entriesPage,
  type QueueSummary,
  queueSummaries,
  workersOfQueue,
} from './summaries.ts';
export { requeueEntries, transferEntries, withdrawEntries } from './transfers.ts';
