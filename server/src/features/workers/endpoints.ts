import { type Endpoint, read, write } from '../../clearml/endpoint.ts';
import { ClearmlError } from '../../clearml/errors.ts';
import { timeRange } from '../../clearml/time-range.ts';
import { countWorkers, listWorkers } from './queries.ts';
import { activity, addStats, metricKeys, workerStats } from './stats.ts';
import { noteReport, noteSignOfLife, registerWorker, unregisterWorker } from './store.ts';

const defaultLastSeenSeconds = 3600;

export const workersEndpoints: Endpoint[] = [
  write('workers.register', async (call, { timeout, ...report }) => {
    await registerWorker(call, { ...report, ip: call.ip, sender: call.worker }, timeout);
    return {};
  }),

  write('workers.unregister', async (call, { worker }) => {
    if (!(await unregisterWorker(call, worker)))
      throw new ClearmlError('worker_not_registered', `worker=${worker}`);
    return {};
  }),

  // A report also registers: an agent need not know that the server lost or never had its registration.
  write(
    'workers.status_report',
    async (call, { worker, task, queue, queues, tags, system_tags, machine_stats }) => {
      await noteSignOfLife(call, { worker, ip: call.ip, queues, tags, system_tags, sender: call.worker });
      await noteReport(call, worker, { task, queue, machineStats: machine_stats });
      await addStats(call, worker, { busy: task !== undefined, machineStats: machine_stats });
      return {};
    },
  ),

  read('workers.get_all', async (call, request) => {
    const {
      last_seen: lastSeen = defaultLastSeenSeconds,
      tags,
      system_tags,
      worker_pattern: pattern,
    } = request;
    return { workers: await listWorkers(call, { lastSeen, tags, system_tags, pattern }) };
  }),

  read('workers.get_count', async (call, request) => {
    const { last_seen: lastSeen = 0, tags, system_tags, worker_pattern: pattern } = request;
    return { count: await countWorkers(call, { lastSeen, tags, system_tags, pattern }) };
  }),

  read('workers.get_metric_keys', async (call, { worker_ids: ids }) => {
    return { categories: await metricKeys(call, ids) };
  }),

  read(
    'workers.get_stats',
    async (call, { worker_ids: workers, items, split_by_variant: byVariant, ...request }) => {
      return { workers: await workerStats(call, { range: timeRange(request), workers, items, byVariant }) };
    },
  ),

  read('workers.get_activity_report', (call, request) => activity(call, timeRange(request))),
];
