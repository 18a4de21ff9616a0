import { sql } from 'kysely';
import type { Db } from '../../platform/database.ts';
import { type MetricVariants, wanted } from './filter.ts';
import { singleValueIteration } from './series.ts';

/** A value that was reported once, outside any iteration. */
export interface SingleValue {
  metric: string;
  variant: string;
  value: number;
  /** Milliseconds since 1970. */
  timestamp: number;
}

/** The single values of each of those tasks that has some. */
export async function singleValuesOf(
  db: Db,
  taskIds: readonly string[],
  metrics?: MetricVariants[],
): Promise<Map<string, SingleValue[]>> {
  const { rows } = await sql<SingleValue & { task_id: string }>`
    SELECT task_id, metric, variant, scalars.value, ts AS timestamp
    FROM scalar_series AS series
    JOIN scalars ON series_id = series.id AND iter = ${sql.lit(singleValueIteration)}
    WHERE task_id = ANY(${taskIds}) AND ${wanted(metrics)}
    ORDER BY metric, variant`.execute(db);
  const byTask = new Map<string, SingleValue[]>();
  for (const { task_id, ...value } of rows) {
    const values = byTask.get(task_id) ?? [];
    values.push(value);
    byTask.set(task_id, values);
  }
  return byTask;
}
