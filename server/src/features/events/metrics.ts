import { sql } from 'kysely';
import type { Db } from '../../platform/database.ts';
import type { EventType } from './events.ts';

export interface FoundMetric {
  metric: string;
  /** In alphabetical order. */
  variants: string[];
  /** The tasks or models that reported it. */
  tasks: string[];
}

/** The metrics that those tasks or models reported, in alphabetical order. @param type undefined for events of all types */
export async function metricsOf(
  db: Db,
  ownerIds: readonly string[],
  type: EventType | undefined,
): Promise<FoundMetric[]> {
  const owned = sql`WHERE task_id = ANY(${ownerIds})`;
  const sources = [];
  if (type === undefined || type === 'training_stats_scalar') {
    sources.push(sql`SELECT task_id, metric, variant FROM scalar_series ${owned}`);
  }
  if (type === undefined || type === 'log') {
    sources.push(sql`SELECT task_id, metric, variant FROM logs ${owned} AND metric <> ''`);
  }
  if (type !== 'training_stats_scalar' && type !== 'log') {
    const ofType = type === undefined ? sql`` : sql`AND type = ${type}`;
    sources.push(sql`SELECT task_id, metric, variant FROM event_documents ${owned} ${ofType}`);
  }
  const { rows } = await sql<FoundMetric>`
    SELECT metric, array_agg(DISTINCT variant ORDER BY variant) AS variants, array_agg(DISTINCT task_id) AS tasks
    FROM (${sql.join(sources, sql` UNION `)}) AS named GROUP BY metric ORDER BY metric`.execute(db);
  return rows;
}
