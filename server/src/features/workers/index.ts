export { drainWorker, undrainWorker } from './drain.ts';
export { workersEndpoints } from './endpoints.ts';
export { dropOldStats, statsDays } from './stats.ts';
export { clearTaskOfWorker, dropExpiredWorkers, lostWorkerDays } from './store.ts';
export { type TaskOfWorker, tasksOfWorker, type WorkerSummary, workerSummaries } from './summaries.ts';
