export { workersEndpoints } from './endpoints.ts';
export { dropOldStats } from './stats.ts';
export { clearTaskOfWorker, dropExpiredWorkers } from './store.ts';
