import type { WorkerReadings } from './dashboard.ts';

/**
 * Workers: agent processes as the server sees them. Developers read, admins drain. What they measured over time is
 * `workers.get_stats` of the ClearML API.
 *
 *   GET    workers -> {items: Worker[]}
 *   GET    workers/:id -> WorkerDetail
 *   PUT    workers/:id/drain -> WorkerDetail     it ends what it runs and gets nothing more
 *   DELETE workers/:id/drain -> WorkerDetail
 */

/**
 * `lost`: not heard of for longer than the server waits. `drained`: gets no task and runs none; `draining`: still runs one.
 * `away`: drained, and its agent does not run.
 */
export type WorkerState = 'idle' | 'busy' | 'draining' | 'drained' | 'lost' | 'away';

/** Times ISO 8601. */
export interface Worker {
  id: string;
  state: WorkerState;
  /** As far as it is known; absent for one that is away. */
  host?: string;
  ip?: string;
  /** The account it works under. */
  user?: { id: string; name: string };
  /** In its order of preference; without a name a queue that is gone. */
  queues: { id: string; name?: string }[];
  /** What it runs; without `id` and `name` a task that the caller may not see. Absent also while it begins one. */
  task?: { id?: string; name?: string; started?: string; project?: { id: string; name: string } };
  last_seen?: string;
  registered_at?: string;
  drained?: { at: string; by: string };
  tags: string[];
  readings: WorkerReadings;
}

export interface WorkerDetail extends Worker {
  /** What it ran last, as far as the caller may see it. */
  tasks: WorkerTask[];
}

export interface WorkerTask {
  id: string;
  name: string;
  status: string;
  project?: { id: string; name: string };
  started?: string;
  ended?: string;
}
