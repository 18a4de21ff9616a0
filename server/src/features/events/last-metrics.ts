import { type Expression, type RawBuilder, sql } from 'kysely';

/** What the protocol keeps of one series, by md5 of its metric and then of its variant. */
export type LastMetrics = Record<string, Record<string, LastMetric>>;

export interface LastMetric {
  metric: string;
  variant: string;
  value: number;
  min_value: number;
  min_value_iteration: number;
  max_value: number;
  max_value_iteration: number;
  first_value: number;
  first_value_iteration: number;
  count: number;
  mean_value: number;
  x_axis_label?: string;
}

/** A task answers at most this many series; what is reported beyond is stored and drawn all the same. */
const maxSeries = 2000;

/**
 * The protocol's `last_metrics` of a task as one jsonb value, `{}` when nothing was reported.
 *
 * @param taskId the id, or the column that holds it: `lastMetricsOf(eb.ref('tasks.id'))`
 */
export function lastMetricsOf(taskId: Expression<unknown> | string): RawBuilder<LastMetrics> {
  return sql<LastMetrics>`(
    SELECT coalesce(jsonb_object_agg(metric_hash, variants), '{}')
    FROM (
      SELECT metric_hash, jsonb_object_agg(variant_hash, jsonb_strip_nulls(jsonb_build_object(
        'metric', metric, 'variant', variant, 'value', value,
        'min_value', min_value, 'min_value_iteration', min_value_iteration,
        'max_value', max_value, 'max_value_iteration', max_value_iteration,
        'first_value', first_value, 'first_value_iteration', first_value_iteration,
        'count', count, 'mean_value', round(mean_value::numeric, 2)::float8,
        'x_axis_label', x_axis_label))) AS variants
      FROM (SELECT * FROM scalar_series WHERE task_id = ${taskId} ORDER BY id LIMIT ${sql.lit(maxSeries)}) AS series
      GROUP BY metric_hash
    ) AS metrics)`;
}
