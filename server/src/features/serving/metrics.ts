import { sql } from 'kysely';
import type { Scope } from '../../clearml/endpoint.ts';

/** How long the charts reach back. */
const keptDays = 30;

export interface MachineStats {
  cpu_usage?: number[];
  gpu_usage?: number[];
  memory_used?: number;
  memory_free?: number;
  gpu_memory_free?: number[];
  gpu_memory_used?: number[];
  network_tx?: number;
  network_rx?: number;
}

export interface RequestCounts {
  requests_num?: number | undefined;
  requests_min?: number | undefined;
  latency_ms?: number | undefined;
}

/** The metric types of the protocol as one report gives them. Sizes are in the unit of the reporter; usage is a mean in percent. */
export type Metrics = ReturnType<typeof readMetrics>;

export function readMetrics(counts: RequestCounts, machine: MachineStats = {}) {
  const { memory_used, memory_free, gpu_memory_used, gpu_memory_free } = machine;
  const [gpuUsed, gpuFree] = [sum(gpu_memory_used), sum(gpu_memory_free)];
  return {
    requests: counts.requests_num,
    requests_min: counts.requests_min,
    latency_ms: counts.latency_ms,
    cpu_count: machine.cpu_usage?.length,
    gpu_count: machine.gpu_usage?.length,
    cpu_util: mean(machine.cpu_usage),
    gpu_util: mean(machine.gpu_usage),
    ram_total: total(memory_used, memory_free),
    ram_used: memory_used,
    ram_free: memory_free,
    gpu_ram_total: total(gpuUsed, gpuFree),
    gpu_ram_used: gpuUsed,
    gpu_ram_free: gpuFree,
    network_rx: machine.network_rx,
    network_tx: machine.network_tx,
  };
}

function sum(values: number[] | undefined): number | undefined {
  return values?.reduce((all, value) => all + value, 0);
}

function mean(values: number[] | undefined): number | undefined {
  return values?.length ? (sum(values) as number) / values.length : undefined;
}

function total(used: number | undefined, free: number | undefined): number | undefined {
  return used === undefined || free === undefined ? undefined : used + free;
}

/** Notes a report for the charts, and forgets what of this container is older than they reach. */
export async function addMetrics(
  { db, caller, now }: Scope,
  { container_id, endpoint_url }: { container_id: string; endpoint_url: string },
  metrics: Metrics,
): Promise<void> {
  const { company, userId } = caller;
  const known = Object.fromEntries(Object.entries(metrics).filter(([, value]) => value !== undefined));
  await db
    .insertInto('serving_metrics')
    .values({ company, user_id: userId, container_id, endpoint_url, reported: now, ...known })
    .execute();
  await sql`
    DELETE FROM serving_metrics
    WHERE company = ${company} AND container_id = ${container_id}
      AND reported < ${now}::timestamptz - ${keptDays} * interval '1 day'`.execute(db);
}
