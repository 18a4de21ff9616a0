import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { QueueCrumb } from '../../features/queues/QueueCrumb.tsx';
import { readEntriesSearch, readQueuesSearch } from '../../features/queues/search.ts';
import { readWorkerSearch, readWorkersSearch } from '../../features/workers/search.ts';
import { WorkerCrumb } from '../Crumbs.tsx';
import { frame } from './frame.ts';

const queues = createRoute({
  getParentRoute: () => frame,
  path: '/queues',
  staticData: { crumb: 'nav.queues' },
});
const queueList = createRoute({
  getParentRoute: () => queues,
  path: '/',
  validateSearch: readQueuesSearch,
  component: lazyRouteComponent(() => import('../../features/queues/QueuesPage.tsx'), 'QueuesPage'),
});
const queue = createRoute({
  getParentRoute: () => queues,
  path: '/$id',
  staticData: { crumb: QueueCrumb },
  validateSearch: readEntriesSearch,
  component: lazyRouteComponent(() => import('../../features/queues/QueuePage.tsx'), 'QueuePage'),
});
const workers = createRoute({
  getParentRoute: () => frame,
  path: '/workers',
  staticData: { crumb: 'nav.workers' },
});
const workerList = createRoute({
  getParentRoute: () => workers,
  path: '/',
  validateSearch: readWorkersSearch,
  component: lazyRouteComponent(() => import('../../features/workers/WorkersPage.tsx'), 'WorkersPage'),
});
const worker = createRoute({
  getParentRoute: () => workers,
  path: '/$id',
  staticData: { crumb: WorkerCrumb },
  validateSearch: readWorkerSearch,
  component: lazyRouteComponent(() => import('../../features/workers/WorkerPage.tsx'), 'WorkerPage'),
});

/** Queues and workers. */
export const computeRoutes = [
  queues.addChildren([queueList, queue]),
  workers.addChildren([workerList, worker]),
] as const;
