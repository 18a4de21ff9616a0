import type { AllEndpoints } from '@arno/protocol/clearml';
import { type RawBuilder, sql } from 'kysely';

type HistogramRequest = AllEndpoints['events.scalar_metrics_iter_histogram']['request'];

export type MetricVariants = NonNullable<HistogramRequest['metrics']>[number];

/**
 * Condition on the columns `task_id`, `metric` and `variant` of a table: one of the wanted pairs. No list wants all; a pair
 * without a task or a metric wants every one of them, one without variants all variants of its metric.
 */
export function wanted(pairs: ({ task?: string } & MetricVariants)[] | undefined): RawBuilder<boolean> {
  if (!pairs || pairs.length === 0) return sql<boolean>`true`;
  // Renamed, so that `metric` below is the table's.
  return sql<boolean>`EXISTS (
    SELECT FROM (
      SELECT task AS of_task, metric AS of_metric, variants
      FROM jsonb_to_recordset(${JSON.stringify(pairs)}::jsonb) AS pair (task text, metric text, variants text[])
    ) AS pair
    WHERE task_id = coalesce(of_task, task_id) AND metric = coalesce(of_metric, metric)
      AND (coalesce(cardinality(variants), 0) = 0 OR variant = ANY(variants)))`;
}
