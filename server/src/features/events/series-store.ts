import { type RawBuilder, sql } from 'kysely';
import type { Statement } from '../../platform/pipeline.ts';
import { float8Array, int8Array } from './arrays.ts';
import { onlyIf } from './only-if.ts';
import type { NumberedSeries } from './points.ts';
import type { Series } from './series.ts';

/** Where a series stands. */
export interface StoredSeries extends Pick<Series, 'task' | 'metric' | 'variant'> {
  id: number;
  /** The highest iteration it had before this batch, null when it is new. */
  last: number | null;
}

/** Adds the statistics of batches to those of their series, and answers StoredSeries. */
export function upsertSeries(all: Series[]): Statement {
  return sql`
    INSERT INTO scalar_series AS old (task_id, metric, variant, ${statistics})
    SELECT * FROM unnest(
      ${all.map(({ task }) => task)}::text[], ${all.map(({ metric }) => metric)}::text[],
      ${all.map(({ variant }) => variant)}::text[], ${statisticsOf(all)})
    ON CONFLICT (task_id, metric_hash, variant_hash) DO UPDATE SET ${mergedStatistics}
    RETURNING id, task_id AS task, metric, variant,
      -- a subquery sees the table as it was before this statement
      (SELECT last_iteration FROM scalar_series AS before WHERE before.id = old.id) AS last`;
}

/** The same for series that should be there under these numbers; fails when one is not. */
export function updateSeries(all: readonly NumberedSeries[]): Statement {
  const series = all.map((numbered) => numbered.series);
  const update = sql`
    UPDATE scalar_series AS old SET ${mergedStatistics}
    FROM unnest(${int8Array(all.map(({ id }) => id))}::bigint[], ${series.map(({ task }) => task)}::text[],
      ${statisticsOf(series)}) AS excluded (id, task_id, ${statistics})
    WHERE old.id = excluded.id AND old.task_id = excluded.task_id
    RETURNING old.id`;
  return sql`WITH changed AS (${update}) SELECT ${onlyIf(sql`count(*) = ${all.length}`)} FROM changed`;
}

const statistics =
  sql.raw(`x_axis_label, value, min_value, min_value_iteration, max_value, max_value_iteration,
  first_value, first_value_iteration, last_iteration, count, mean_value`);

function statisticsOf(all: readonly Series[]): RawBuilder<unknown> {
  const floats = (pick: (series: Series) => number) => float8Array(all.map(pick));
  const integers = (pick: (series: Series) => number) => int8Array(all.map(pick));
  return sql`${all.map(({ xAxisLabel }) => xAxisLabel)}::text[], ${floats(({ value }) => value)}::float8[],
    ${floats(({ min }) => min)}::float8[], ${integers(({ minIteration }) => minIteration)}::bigint[],
    ${floats(({ max }) => max)}::float8[], ${integers(({ maxIteration }) => maxIteration)}::bigint[],
    ${floats(({ first }) => first)}::float8[], ${integers(({ firstIteration }) => firstIteration)}::bigint[],
    ${integers(({ lastIteration }) => lastIteration)}::bigint[],
    ${integers(({ count }) => count)}::bigint[], ${floats(({ mean }) => mean)}::float8[]`;
}

const mergedStatistics: RawBuilder<unknown> = sql`
  value = excluded.value,
  x_axis_label = coalesce(excluded.x_axis_label, old.x_axis_label),
  min_value = least(old.min_value, excluded.min_value),
  min_value_iteration = CASE WHEN excluded.min_value < old.min_value
    THEN excluded.min_value_iteration ELSE old.min_value_iteration END,
  max_value = greatest(old.max_value, excluded.max_value),
  max_value_iteration = CASE WHEN excluded.max_value > old.max_value
    THEN excluded.max_value_iteration ELSE old.max_value_iteration END,
  last_iteration = greatest(old.last_iteration, excluded.last_iteration),
  count = old.count + excluded.count,
  -- The protocol's running mean: rounded at each batch, so the first batch's is rounded before it is used.
  mean_value = round(((round(old.mean_value::numeric, 2)::float8 * old.count + excluded.mean_value * excluded.count)
    / (old.count + excluded.count))::numeric, 2)::float8`;
