import { type Endpoint, read, write } from '../../clearml/endpoint.ts';
import { ClearmlError } from '../../clearml/errors.ts';
import { listWorkers } from './queries.ts';
import { noteReport, registerWorker, unregisterWorker } from './store.ts';

const defaultLastSeenSeconds = 3600;

export const workersEndpoints: Endpoint[] = [
  write('workers.register', async (call, { timeout, ...report }) => {
    await registerWorker(call, { ...report, ip: call.ip }, timeout);
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
      await registerWorker(call, { worker, ip: call.ip, queues, tags, system_tags });
      await noteReport(call, worker, { task, queue, machineStats: machine_stats });
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
];
