import { sql } from 'kysely';
import type { Db } from '../../platform/database.ts';
import { singleValueIteration } from './series.ts';

interface Variant {
  name: string;
  last_value: number;
  /** The mean of the last 100 points. */
  last_100_value: number;
}

/** The newest value of each series of a task. */
export async function latestValues(
  db: Db,
  taskId: string,
): Promise<{ metrics: { name: string; variants: Variant[] }[] }> {
  const { rows } = await sql<{ name: string; variants: Variant[] }>`
    SELECT metric AS name, json_agg(json_build_object('name', variant, 'last_value', last, 'last_100_value', mean)
      ORDER BY variant) AS variants
    FROM scalar_series AS series
    CROSS JOIN LATERAL (
      SELECT avg(value)::real AS mean, (array_agg(value ORDER BY iter DESC))[1] AS last
      FROM (SELECT iter, value FROM scalars WHERE series_id = series.id AND iter > ${sql.lit(singleValueIteration)}
            ORDER BY iter DESC LIMIT 100) AS tail
    ) AS point
    WHERE task_id = ${taskId} AND last IS NOT NULL
    GROUP BY metric ORDER BY metric`.execute(db);
  return { metrics: rows };
}
