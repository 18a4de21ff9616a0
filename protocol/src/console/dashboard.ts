import { type Static, Type } from 'typebox';
import { type Call, type CallStatsRow, callStatsQuery } from './calls.ts';
import { exactly } from './common.ts';
import type { MachineState } from './machines.ts';

/**
 * What is going on. An end user gets the own calls, and nothing of the platform.
 *
 *   GET    dashboard -> Dashboard                what is now
 *   GET    dashboard/calls?… -> DashboardCalls   what was in a period
 */

const { from, bucket, time_zone, mapping_id } = callStatsQuery.properties;
export const dashboardCallsQuery = Type.Object({ from, bucket, time_zone, mapping_id }, exactly);
export type DashboardCallsQuery = Static<typeof dashboardCallsQuery>;

/** The calls of a period that ends now. Times ISO 8601. */
export interface DashboardCalls {
  /** Full hours. */
  from: string;
  to: string;
  /** Of each service, one row a bucket; buckets without calls are left out. */
  enqueue: CallStatsRow[];
  ondemand: CallStatsRow[];
  /** One row a mapping for the whole period, those with the most calls first; without `mapping_id` calls that found none. */
  mappings: CallStatsRow[];
}

/** Times ISO 8601. */
export interface Dashboard {
  /** The newest calls, and the newest of those that failed, or whose task failed or was lost. */
  last: Call[];
  last_failed: Call[];
  /** For admins and developers. */
  platform?: DashboardPlatform;
}

export interface DashboardPlatform {
  /** How many of each are registered. */
  mappings: { tasks: number; endpoints: number; machines: number };
  machines: DashboardMachines;
  queues: { total: number; items: DashboardQueue[] };
  workers: { total: number; busy: number; items: DashboardWorker[] };
  /** Tasks that the caller may see, those of calls included. */
  tasks_by_status: Record<string, number>;
}

/** How serving machines are doing, as the server sees them that answers. */
export interface DashboardMachines {
  /** By state; `unknown` are those that it has not looked at yet. */
  states: Record<MachineState['state'] | 'unknown', number>;
  /** Some of them, those first that are not well. */
  items: DashboardMachine[];
}

export interface DashboardMachine {
  /** Of its mapping. */
  id: string;
  base_url: string;
  health?: MachineState;
}

/** A queue; the longest are listed first. */
export interface DashboardQueue {
  id: string;
  name: string;
  /** Entries that wait. */
  depth: number;
  /** When the entry was added that has waited longest. */
  oldest?: string;
  /** Connected workers that serve it. */
  workers: number;
}

/** A connected worker; those at work are listed first. */
export interface DashboardWorker {
  id: string;
  /** Whether it runs a task. */
  busy: boolean;
  /** The task, when the caller may see it. */
  task?: { id: string; name: string };
  readings: WorkerReadings;
}

/** The last that a worker reported of its machine, as far as it did. Shares in percent, memory in bytes. */
export interface WorkerReadings {
  /** Of all its processors, and of all its graphics cards. */
  cpu?: number;
  gpu?: number;
  memory_used?: number;
  memory_total?: number;
  gpu_memory_used?: number;
  gpu_memory_total?: number;
}
