import { sql } from 'kysely';
import Type, { type Static } from 'typebox';
import type { Db } from '../../platform/database.ts';
import { type DocumentEvent, type DocumentRow, documentColumns, documentEvent } from './documents.ts';
import { type MetricVariants, wanted } from './filter.ts';

/** The last plot of a page, and how many plots there are in all. */
export const PlotPosition = Type.Object({
  metric: Type.String(),
  variant: Type.String(),
  iter: Type.Number(),
  id: Type.Number(),
  total: Type.Number(),
});

export interface PlotPage {
  plots: DocumentEvent[];
  total: number;
  /** Undefined after the last page. */
  next: Static<typeof PlotPosition> | undefined;
}

/** The plots of the last `iterations` of each metric and variant, these ascending, the newest iteration first. */
export async function plotPage(
  db: Db,
  taskId: string,
  options: {
    iterations: number;
    metrics: MetricVariants[] | undefined;
    after: Static<typeof PlotPosition> | undefined;
    size: number;
  },
): Promise<PlotPage> {
  const { iterations, metrics, after, size } = options;
  const beyond = after
    ? sql`(metric, variant, -iter, id) > (${after.metric}, ${after.variant}, ${-after.iter}::bigint, ${after.id}::bigint)`
    : sql`true`;
  // The first step carries no documents: it sees every plot there is and they are large.
  const { rows } = await sql<DocumentRow & { total: number }>`
    WITH aged AS (
      SELECT id AS found, dense_rank() OVER (PARTITION BY metric, variant ORDER BY iter DESC) AS age
      FROM event_documents WHERE task_id = ${taskId} AND type = 'plot' AND ${wanted(metrics)}
    ), latest AS (SELECT found FROM aged WHERE age <= ${iterations})
    SELECT ${documentColumns}, (SELECT count(*) FROM latest) AS total
    FROM latest JOIN event_documents ON id = found
    WHERE ${beyond} ORDER BY metric, variant, iter DESC, id LIMIT ${size}`.execute(db);
  const last = rows.at(-1);
  const total = after?.total ?? last?.total ?? 0;
  const plots = rows.map(documentEvent);
  if (!last || rows.length < size) return { plots, total, next: undefined };
  const { metric, variant, iter, id } = last;
  return { plots, total, next: { metric, variant, iter, id, total } };
}
