import type { AllEndpoints } from '@arno/protocol/clearml';
import { sql } from 'kysely';
import type { Scope } from '../../clearml/endpoint.ts';
import { ClearmlError } from '../../clearml/errors.ts';
import type { Metrics } from './metrics.ts';
import { visibleServing } from './queries.ts';

type Request = AllEndpoints['serving.get_endpoint_metrics_history']['request'];

/** Title of a chart, and what all containers together are: the sum of their values, or the mean. */
const charts: Record<keyof Metrics, readonly [title: string, together: 'sum' | 'avg']> = {
  requests: ['Number of Requests', 'sum'],
  requests_min: ['Requests per Minute', 'sum'],
  latency_ms: ['Average Latency (ms)', 'avg'],
  cpu_count: ['CPU Count', 'sum'],
  gpu_count: ['GPU Count', 'sum'],
  cpu_util: ['Average CPU Load (%)', 'avg'],
  gpu_util: ['Average GPU Utilization (%)', 'avg'],
  ram_total: ['RAM Total', 'sum'],
  ram_used: ['RAM Used', 'sum'],
  ram_free: ['RAM Free', 'sum'],
  gpu_ram_total: ['GPU RAM Total', 'sum'],
  gpu_ram_used: ['GPU RAM Used', 'sum'],
  gpu_ram_free: ['GPU RAM Free', 'sum'],
  network_rx: ['Network Throughput RX', 'sum'],
  network_tx: ['Network Throughput TX', 'sum'],
};

/** More points than this in one chart show nothing more. */
const maxPoints = 1000;

interface Series {
  title: string;
  /** Seconds since 1970. */
  dates: number[];
  values: number[];
}

/** A chart of one metric over time: each point is a container's mean of an interval, and of those the sum or mean. */
export async function metricsHistory(call: Scope, request: Request): Promise<object> {
  const { from_date: from, to_date: to, metric_type = 'requests', instance_charts = true } = request;
  if (from >= to)
    throw new ClearmlError('validation_error', 'from_date must be before to_date, both in seconds');
  const interval = Math.max(request.interval, 1, Math.ceil((to - from) / maxPoints));
  const [title, together] = charts[metric_type];
  const { rows } = await sql<{ container: string | null; dates: number[]; values: number[] }>`
    WITH points AS (
      SELECT container_id AS container, avg(${sql.ref(metric_type)}) AS value,
        floor((extract(epoch FROM reported) - ${from}::float8) / ${interval}) AS slot
      FROM serving_metrics
      WHERE ${visibleServing(call)} AND endpoint_url = ${request.endpoint_url}
        AND reported >= to_timestamp(${from}) AND reported < to_timestamp(${to})
        AND ${sql.ref(metric_type)} IS NOT NULL
      GROUP BY container, slot
    ), everything AS (
      SELECT container, slot, value FROM points
      UNION ALL SELECT NULL, slot, ${sql.raw(together)}(value) FROM points GROUP BY slot
    )
    SELECT container, json_agg((${from}::float8 + slot * ${interval})::bigint ORDER BY slot) AS dates,
           json_agg(round(value::numeric, 3) ORDER BY slot) AS values
    FROM everything GROUP BY container ORDER BY container`.execute(call.db);
  const series = new Map(rows.map(({ container, dates, values }) => [container, { title, dates, values }]));
  const empty: Series = { title, dates: [], values: [] };
  const instances = [...series].filter(([container]) => container !== null);
  return {
    computed_interval: interval,
    total: series.get(null) ?? empty,
    ...(instance_charts && {
      instances: Object.fromEntries(instances.map(([id, line]) => [id, { ...line, title: id }])),
    }),
  };
}
