import type {
  DashboardMachine,
  DashboardMachines,
  DashboardPlatform,
  DashboardQueue,
  DashboardWorker,
} from '@arno/protocol';
import { sql } from 'kysely';
import type { Scope } from '../clearml/endpoint.ts';
import { memberProjects, readable } from '../clearml/rights.ts';
import { listMappings } from '../features/mappings/index.ts';
import type { Serving } from '../gateway/index.ts';
import { readingsOf } from './dashboard-readings.ts';

/** Rows of each list: what fits on the page. */
const listed = 8;
/** More machines than any installation has. */
const maxMachines = 1000;

type Machines = Pick<Serving['machines'], 'state'>;

/** What there is and how it is doing, in a handful of statements, since each person's dashboard asks every few seconds. */
export async function readPlatform(scope: Scope, machines: Machines): Promise<DashboardPlatform> {
  const projects = await memberProjects(scope);
  const [counts, health, queues, workers] = await Promise.all([
    readCounts(scope, projects),
    readMachines(scope, machines),
    readQueues(scope),
    readWorkers(scope, projects),
  ]);
  const { tasks, endpoints, queues: total, workers: workerCounts, tasks_by_status } = counts;
  return {
    mappings: { tasks, endpoints, machines: health.total },
    machines: health.machines,
    queues: { total, items: queues },
    workers: { ...workerCounts, items: workers },
    tasks_by_status,
  };
}

interface Counts {
  tasks: number;
  endpoints: number;
  queues: number;
  workers: { total: number; busy: number };
  tasks_by_status: Record<string, number>;
}

/** What `memberProjects` answered. */
type Projects = string[] | undefined;

async function readCounts(scope: Scope, projects: Projects): Promise<Counts> {
  const { company } = scope.caller;
  const { rows } = await sql<Counts>`
    SELECT
      (SELECT count(*) FROM task_mappings WHERE company = ${company}) AS tasks,
      (SELECT count(*) FROM endpoint_mappings WHERE company = ${company}) AS endpoints,
      (SELECT count(*) FROM queues WHERE company = ${company}) AS queues,
      (SELECT jsonb_build_object('total', count(*), 'busy', count(task_id)) FROM workers WHERE ${isConnected(scope)}) AS workers,
      (SELECT coalesce(jsonb_object_agg(status, number), '{}')
       FROM (SELECT status, count(*) AS number FROM tasks
             WHERE ${readable(scope, 'tasks', { public: false, projects })} GROUP BY status) AS by_status) AS tasks_by_status`.execute(
    scope.db,
  );
  return rows[0] as Counts;
}

/** A worker counts for as long as it promised to report again. */
function isConnected({ caller, now }: Scope) {
  return sql`(workers.company = ${caller.company}
    AND workers.last_activity_time > ${now}::timestamptz - workers.register_timeout * interval '1 second')`;
}

const worstFirst = ['ejected', 'trial', 'unknown', 'healthy'] as const;

async function readMachines(
  scope: Scope,
  known: Machines,
): Promise<{ total: number; machines: DashboardMachines }> {
  const { rows, total } = await listMappings(scope, 'machine_mappings', { offset: 0, limit: maxMachines });
  const states: DashboardMachines['states'] = { healthy: 0, ejected: 0, trial: 0, unknown: 0 };
  const items = rows.map((row): DashboardMachine => {
    const health = known.state(row);
    states[health?.state ?? 'unknown']++;
    return { id: row.id, base_url: row.base_url, ...(health && { health }) };
  });
  const rank = ({ health }: DashboardMachine) => worstFirst.indexOf(health?.state ?? 'unknown');
  const pending = ({ health }: DashboardMachine) => health?.pending ?? 0;
  items.sort((a, b) => rank(a) - rank(b) || pending(b) - pending(a) || (a.base_url < b.base_url ? -1 : 1));
  return { total, machines: { states, items: items.slice(0, listed) } };
}

async function readQueues(scope: Scope): Promise<DashboardQueue[]> {
  const { rows } = await sql<Omit<DashboardQueue, 'oldest'> & { oldest: Date | null }>`
    SELECT id, name, waiting.depth, waiting.oldest,
      (SELECT count(*) FROM workers WHERE queues.id = ANY(workers.queues) AND ${isConnected(scope)}) AS workers
    FROM queues
    CROSS JOIN LATERAL (
      SELECT count(*) AS depth, min(added) AS oldest FROM waiting_entries WHERE queue_id = queues.id) AS waiting
    WHERE company = ${scope.caller.company}
    ORDER BY waiting.depth DESC, name LIMIT ${listed}`.execute(scope.db);
  return rows.map(({ oldest, ...queue }) => ({ ...queue, ...(oldest && { oldest: oldest.toISOString() }) }));
}

interface WorkerRow {
  id: string;
  busy: boolean;
  task: { id: string; name: string } | null;
  machine_stats: unknown;
}

async function readWorkers(scope: Scope, projects: Projects): Promise<DashboardWorker[]> {
  const { rows } = await sql<WorkerRow>`
    SELECT workers.worker_id AS id, workers.task_id IS NOT NULL AS busy, workers.machine_stats,
      CASE WHEN task.id IS NOT NULL THEN jsonb_build_object('id', task.id, 'name', task.name) END AS task
    FROM workers
    LEFT JOIN tasks AS task ON task.id = workers.task_id AND ${readable(scope, 'tasks', { alias: 'task', projects })}
    WHERE ${isConnected(scope)}
    ORDER BY busy DESC, workers.worker_id LIMIT ${listed}`.execute(scope.db);
  return rows.map(({ id, busy, task, machine_stats }) => ({
    ...{ id, busy },
    ...(task && { task }),
    readings: readingsOf(machine_stats),
  }));
}
