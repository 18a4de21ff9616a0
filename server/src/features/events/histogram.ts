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
  metric: string;
  variant: string;
  x_axis_label: string | null;
  x: number[];
  y: number[];
}

/**
 * All curves of a task, each thinned to about `samples` points: the average of buckets of equal width, aligned to multiples of
 * that width. A series with fewer points is answered as it is. Values reported once are no curve.
 *
 * @param options.key what x is: the iteration, milliseconds since 1970, or the same as ISO 8601
 */
export async function scalarHistogram(
  db: Db,
  taskId: string,
  options: { samples: number; key: ScalarKey; metrics: MetricVariants[] | undefined },
): Promise<Histogram> {
  const { key } = options;
  const metrics = new Map<string, [string, Curve][]>();
  for (const row of await curves(db, taskId, options)) {
    const x = key === 'iso_time' ? row.x.map((time) => new Date(time).toISOString()) : row.x;
    const curve: Curve = { name: row.variant, x, y: row.y };
    if (row.x_axis_label !== null) curve.x_axis_label = row.x_axis_label;
    const variants = metrics.get(row.metric) ?? [];
    variants.push([row.variant, curve]);
    metrics.set(row.metric, variants);
  }
  return Object.fromEntries([...metrics].map(([metric, variants]) => [metric, Object.fromEntries(variants)]));
}

async function curves(
  db: Db,
  taskId: string,
  { samples, key, metrics }: { samples: number; key: ScalarKey; metrics: MetricVariants[] | undefined },
): Promise<Row[]> {
  const x = sql.ref(key === 'iter' ? 'iter' : 'ts');
  const points = sql`FROM scalars WHERE series_id = series.id AND iter > ${sql.lit(singleValueIteration)}`;
  // Widths within 10 % of each other become one step, the widest, so that curves of like length share their x. A series is
  // only counted when its range is wide, and only as far as it matters. Points are reached by the series' number alone.
  const { rows } = await sql<Row>`
    WITH RECURSIVE ranged AS MATERIALIZED (
      SELECT id, metric, variant, x_axis_label, low, high,
        CASE
          WHEN high - low < ${samples} THEN 1
          WHEN (SELECT count(*) FROM (SELECT ${points} LIMIT ${samples}) AS few) < ${samples} THEN 1
          ELSE ceil((high - low + 1)::float8 / ${samples})::bigint
        END AS width
      FROM scalar_series AS series
      CROSS JOIN LATERAL (SELECT min(${x}) AS low, max(${x}) AS high ${points}) AS range
      WHERE task_id = ${taskId} AND low IS NOT NULL AND ${wanted(metrics)}
    ), steps AS (
      SELECT max(width) AS step FROM ranged
      UNION ALL
      SELECT (SELECT max(width) FROM ranged WHERE width < step / 1.1) FROM steps WHERE step IS NOT NULL
    ), series AS (
      SELECT *, (SELECT min(step) FROM steps WHERE step >= width) AS step FROM ranged
    )
    SELECT metric, variant, x_axis_label, curve.x, curve.y
    FROM series
    CROSS JOIN LATERAL (
      SELECT json_agg(bucket.x) AS x, json_agg(bucket.y) AS y
      FROM (
        -- rounded down also below zero; the average of 32-bit floats has no more digits than they
        SELECT ${x} - ((${x} % step) + step) % step AS x, avg(value)::real AS y ${points} GROUP BY 1 ORDER BY 1
      ) AS bucket
    ) AS curve
    ORDER BY metric, variant`.execute(db);
  return rows;
}
