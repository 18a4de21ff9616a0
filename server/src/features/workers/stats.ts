import { type Kysely, sql } from 'kysely';
import type { Scope } from '../../clearml/endpoint.ts';
import type { TimeRange } from '../../clearml/time-range.ts';
import type { DB } from '../../platform/schema.ts';

/** More series than any machine reports; what a worker sends beyond is not kept. */
const maxSeries = 512;
const maxNameLength = 64;

/** Adds a report to the statistics of its worker's minute. */
export async function addStats(
  scope: Scope,
  worker: string,
  { busy, machineStats = {} }: { busy: boolean; machineStats?: object | undefined },
): Promise<void> {
  await sql`
    INSERT INTO worker_stats AS kept (company, minute, worker_id, busy, stats)
    VALUES (${scope.caller.company}, date_trunc('minute', ${scope.now}::timestamptz), ${worker}, ${busy},
            ${JSON.stringify(singleReport(machineStats))}::jsonb)
    ON CONFLICT (company, minute, worker_id) DO UPDATE SET
      busy = kept.busy OR excluded.busy, stats = merge_stats(kept.stats, excluded.stats)`.execute(scope.db);
}

/** `metric/variant` -> [count, sum, min, max] of one report. A list has a variant for each of its components. */
function singleReport(machineStats: object): Record<string, [1, number, number, number]> {
  const series = Object.entries<unknown>({ ...machineStats }).flatMap(([metric, value]) => {
    if (metric.length > maxNameLength || metric.includes('/')) return [];
    const values = Array.isArray(value) ? value : [value];
    return values.flatMap((number, index) => {
      const variant = Array.isArray(value) ? index : 'total';
      return typeof number === 'number' ? [[`${metric}/${variant}`, [1, number, number, number]]] : [];
    });
  });
  return Object.fromEntries(series.slice(0, maxSeries));
}

/** How long statistics are kept. */
export const statsDays = 31;

export async function dropOldStats(db: Kysely<DB>): Promise<void> {
  await sql`
    DELETE FROM worker_stats WHERE company IN (SELECT id FROM companies) AND minute < now() - ${statsDays} * interval '1 day'`.execute(
    db,
  );
}

/** Which metrics the workers report, by the first word of their names: `cpu`, `memory`, … Looks at their last report of today. */
export async function metricKeys(
  scope: Scope,
  workers: readonly string[] = [],
): Promise<{ name: string; metric_keys: string[] }[]> {
  const { rows } = await sql<{ name: string; metric_keys: string[] }>`
    SELECT split_part(metric, '_', 1) AS name, array_agg(metric ORDER BY metric) AS metric_keys
    FROM (
      SELECT DISTINCT split_part(series, '/', 1) AS metric
      FROM (SELECT DISTINCT ON (worker_id) stats FROM worker_stats
            WHERE company = ${scope.caller.company} AND minute > ${scope.now}::timestamptz - interval '1 day'
              ${onlyWorkers(workers)} AND stats <> '{}'
            ORDER BY worker_id, minute DESC) AS last, jsonb_object_keys(last.stats) AS series) AS metrics
    GROUP BY 1 ORDER BY 1`.execute(scope.db);
  return rows;
}

function onlyWorkers(workers: readonly string[]) {
  return workers.length > 0 ? sql`AND worker_id = ANY(${workers}::text[])` : sql``;
}

type Aggregation = 'avg' | 'min' | 'max';
interface StatItem {
  key?: string;
  category?: Aggregation;
}

export interface StatsRequest {
  range: TimeRange;
  /** All of them when missing or empty. */
  workers?: readonly string[] | undefined;
  items: readonly StatItem[];
  byVariant?: boolean | undefined;
}

interface Series {
  worker: string;
  metric: string;
  variant: string | null;
  dates: number[];
  avg: number[];
  min: number[];
  max: number[];
}

/** Statistics of each worker and metric in steps of the interval; steps without a report are left out. */
export async function workerStats(scope: Scope, { range, workers = [], items, byVariant }: StatsRequest) {
  const metrics = items.flatMap(({ key }) => (key === undefined ? [] : [key]));
  const variant = byVariant ? sql`split_part(series.key, '/', 2)` : sql`NULL`;
  const { rows } = await sql<Series>`
    SELECT worker, metric, variant, array_agg(date ORDER BY date) AS dates, array_agg(avg ORDER BY date) AS avg,
      array_agg(min ORDER BY date) AS min, array_agg(max ORDER BY date) AS max
    FROM (
      SELECT worker_id AS worker, split_part(series.key, '/', 1) AS metric, ${variant} AS variant, ${step(range)} AS date,
        sum((series.value->>1)::float8) / sum((series.value->>0)::float8) AS avg,
        min((series.value->>2)::float8) AS min, max((series.value->>3)::float8) AS max
      FROM worker_stats, jsonb_each(stats) AS series
      WHERE ${within(scope, range)} ${onlyWorkers(workers)}
        AND split_part(series.key, '/', 1) = ANY(${metrics}::text[])
      GROUP BY 1, 2, 3, 4) AS points
    GROUP BY worker, metric, variant ORDER BY worker, metric, length(variant), variant`.execute(scope.db);
  const names = [...new Set(rows.map(({ worker }) => worker))];
  return names.map((worker) => ({
    worker,
    metrics: rows.filter((row) => row.worker === worker).map((row) => wireSeries(row, items)),
  }));
}

function wireSeries(series: Series, items: readonly StatItem[]) {
  const asked = items.filter(({ key }) => key === series.metric).map(({ category = 'avg' }) => category);
  return {
    metric: series.metric,
    ...(series.variant !== null && { variant: series.variant }),
    dates: series.dates.map(Number),
    stats: [...new Set(asked)].map((aggregation) => ({ aggregation, values: series[aggregation] })),
  };
}

interface Activity {
  dates: number[];
  counts: number[];
}

/** How many workers reported in each step, and how many of them worked on a task. */
export async function activity(
  scope: Scope,
  range: TimeRange,
): Promise<{ total: Activity; active: Activity }> {
  const { rows } = await sql<{ date: number; total: number; active: number }>`
    SELECT ${step(range)} AS date, count(DISTINCT worker_id) AS total,
      count(DISTINCT worker_id) FILTER (WHERE busy) AS active
    FROM worker_stats WHERE ${within(scope, range)} GROUP BY 1 ORDER BY 1`.execute(scope.db);
  const dates = rows.map(({ date }) => date);
  return {
    total: { dates, counts: rows.map(({ total }) => total) },
    active: { dates, counts: rows.map(({ active }) => active) },
  };
}

function within({ caller: { company } }: Scope, { from, to }: TimeRange) {
  return sql`company = ${company} AND minute >= date_trunc('minute', to_timestamp(${from})) AND minute <= to_timestamp(${to})`;
}

/** Start of the step that a minute belongs to; the one that holds `from` belongs to the first. */
function step({ from, interval }: TimeRange) {
  return sql`(${from} + greatest(0, floor((extract(epoch FROM minute) - ${from}) / ${interval})) * ${interval})::bigint`;
}
