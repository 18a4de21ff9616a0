import { sql } from 'kysely';
import type { Db } from '../../platform/database.ts';

/** The vectors of one variant by iteration; at most 10,000, the newest ones. */
export async function vectorsOf(
  db: Db,
  taskId: string,
  metric: string,
  variant: string,
): Promise<{ iterations: number[]; vectors: number[][] }> {
  const { rows } = await sql<{ iter: number; values: number[] }>`
    SELECT iter, document -> 'values' AS values FROM event_documents
    WHERE task_id = ${taskId} AND type = 'training_stats_vector'
      AND md5(metric) = md5(${metric}) AND md5(variant) = md5(${variant})
    ORDER BY iter DESC, id DESC LIMIT 10000`.execute(db);
  rows.reverse();
  return { iterations: rows.map(({ iter }) => iter), vectors: rows.map(({ values }) => values) };
}
