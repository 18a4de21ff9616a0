import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { Pool } from '../platform/database.ts';
import { arnoVersion } from '../platform/version.ts';

/** Gauges whose names Prometheus keeps for counters; nodejs_active_handles and its like tell more. */
const misnamed = [
  'nodejs_active_handles_total',
  'nodejs_active_requests_total',
  'nodejs_active_resources_total',
];

/** Metrics of this process: CPU, memory, event loop, its version, its connections to the database. */
export function createRegistry(pool: Pick<Pool, 'totalCount' | 'idleCount' | 'waitingCount'>): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  for (const name of misnamed) registry.removeSingleMetric(name);
  new Gauge({
    name: 'arno_build_info',
    help: '1, with the version of the server',
    labelNames: ['version'],
    registers: [registry],
  }).set({ version: arnoVersion }, 1);
  new Gauge({
    name: 'arno_database_connections',
    help: 'Connections of this process to the database',
    labelNames: ['state'],
    registers: [registry],
    collect() {
      this.set({ state: 'idle' }, pool.idleCount);
      this.set({ state: 'busy' }, pool.totalCount - pool.idleCount);
    },
  });
  new Gauge({
    name: 'arno_database_waiting',
    help: 'Queries that wait for a connection of this process to the database',
    registers: [registry],
    collect() {
      this.set(pool.waitingCount);
    },
  });
  return registry;
}
