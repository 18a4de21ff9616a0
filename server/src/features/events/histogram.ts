import { sql } from 'kysely';
import type { Db } from '../../platform/database.ts';
import { type MetricVariants, wanted } from './filter.ts';
import { singleValueIteration } from './series.ts';

export type ScalarKey = 'iter' | 'timestamp' | 'iso_time';

interface Curve {
  name: string;
  x: (number | string)[];
  y: number[];
  x_axis_label?: string;
}

/** Metric -> variant -> curve. */
export type Histogram = Record<string, Record<string, Curve>>;

interface Row {
  task_id: string;
  metric: string;
  variant: string;
  x_axis_label: string | null;
  x: number[];
  y: number[];
}

export interface Thinning {
  samples: number;
  /** What x is: the iteration, milliseconds since 1970, or the same as ISO 8601. */
  key: ScalarKey;
  metrics: MetricVariants[] | undefined;
}

/**
 * All curves of a task, each thinned to about `samples` points: the average of buckets of equal width, aligned to multiples of
 * that width. A series with fewer points is answered as it is. Values reported once are no curve.
 */
export async function scalarHistogram(db: Db, taskId: string, options: Thinning): Promise<Histogram> {
  const metrics: Nested<Curve> = new Map();
  for (const row of await curves(db, [taskId], options)) {
    inner(metrics, row.metric).set(row.variant, curve(row, row.variant, options.key));
  }
  return Object.fromEntries([...metrics].map(([metric, variants]) => [metric, Object.fromEntries(variants)]));
}

/**
 * The same for several tasks in one statement: metric -> variant -> task -> curve, which is named after its task.
 *
 * @param names of the tasks, by id
 */
export async function comparedHistogram(
  db: Db,
  names: ReadonlyMap<string, string>,
  options: Thinning,
): Promise<Record<string, Record<string, Record<string, Curve>>>> {
  const metrics: Nested<Map<string, Curve>> = new Map();
  for (const row of await curves(db, [...names.keys()], options)) {
    const name = names.get(row.task_id) ?? '';
    inner(inner(metrics, row.metric), row.variant).set(row.task_id, curve(row, name, options.key));
  }
  const plain = (variants: Map<string, Map<string, Curve>>) =>
    Object.fromEntries([...variants].map(([variant, tasks]) => [variant, Object.fromEntries(tasks)]));
  return Object.fromEntries([...metrics].map(([metric, variants]) => [metric, plain(variants)]));
}

type Nested<Value> = Map<string, Map<string, Value>>;

function inner<Value>(map: Map<string, Map<string, Value>>, key: string): Map<string, Value> {
  const found = map.get(key) ?? new Map<string, Value>();
  map.set(key, found);
  return found;
}

function curve({ x, y, x_axis_label }: Row, name: string, key: ScalarKey): Curve {
  const shown = key === 'iso_time' ? x.map((time) => new Date(time).toISOString()) : x;
  return { name, x: shown, y, ...(x_axis_label !== null && { x_axis_label }) };
}

async function curves(db: Db, taskIds: string[], { samples, key, metrics }: Thinning): Promise<Row[]> {
  const x = sql.ref(key === 'iter' ? 'iter' : 'ts');
  const points = sql`FROM scalars WHERE series_id = series.id AND iter > ${sql.lit(singleValueIteration)}`;
  // Widths within 10 % of each other become one step, the widest, so that curves of like length share their x. A series is
  // only counted when its range is wide, and only as far as it matters. Points are reached by the series' number alone.
  const { rows } = await sql<Row>`
    WITH RECURSIVE ranged AS MATERIALIZED (
      SELECT id, task_id, metric, variant, x_axis_label, low, high,
        CASE
          WHEN high - low < ${samples} THEN 1
          WHEN (SELECT count(*) FROM (SELECT ${points} LIMIT ${samples}) AS few) < ${samples} THEN 1
          ELSE ceil((high - low + 1)::float8 / ${samples})::bigint
        END AS width
      FROM scalar_series AS series
      CROSS JOIN LATERAL (SELECT min(${x}) AS low, max(${x}) AS high ${points}) AS range
      WHERE task_id = ANY(${taskIds}) AND low IS NOT NULL AND ${wanted(metrics)}
    ), steps AS (
      SELECT max(width) AS step FROM ranged
      UNION ALL
      SELECT (SELECT max(width) FROM ranged WHERE width < step / 1.1) FROM steps WHERE step IS NOT NULL
    ), stepped AS (
      SELECT *, (SELECT min(step) FROM steps WHERE step >= width) AS step FROM ranged
    ), series AS (
      -- rounded down also below zero
      SELECT *, low - ((low % step) + step) % step AS base FROM stepped
    )
    SELECT task_id, metric, variant, x_axis_label, curve.x, curve.y
    FROM series
    CROSS JOIN LATERAL (
      SELECT json_agg(base + bucket.number * step) AS x, json_agg(bucket.y) AS y
      FROM (
        -- evaluated for each point, so it is short; the average of 32-bit floats has no more digits than they
        SELECT (${x} - base) / step AS number, avg(value)::real AS y ${points} GROUP BY 1 ORDER BY 1
      ) AS bucket
    ) AS curve
    ORDER BY metric, variant`.execute(db);
  return rows;
}
