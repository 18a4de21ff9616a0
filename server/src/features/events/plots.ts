import { type RawBuilder, sql } from 'kysely';
import Type, { type Static } from 'typebox';
import type { Db } from '../../platform/database.ts';
import { type DocumentEvent, type DocumentRow, documentColumns, documentEvent } from './documents.ts';
import { type MetricVariants, wanted } from './filter.ts';
import { maxDocumentBytes } from './windows.ts';

/** The last plot of a page, and how many plots there are in all. */
export const PlotPosition = Type.Object({
  metric: Type.String(),
  variant: Type.String(),
  task: Type.String(),
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

/** Of what the last iterations are taken; of several tasks always of each on its own. */
export type LastIterationsOf = 'variant' | 'metric' | 'task';

const partitions: Record<LastIterationsOf, RawBuilder<unknown>> = {
  variant: sql`task_id, metric, variant`,
  metric: sql`task_id, metric`,
  task: sql`task_id`,
};

/** The plots of the last `iterations`, by metric and variant, the newest iteration first. */
export async function plotPage(
  db: Db,
  taskIds: readonly string[],
  options: {
    iterations: number;
    of: LastIterationsOf;
    metrics: MetricVariants[] | undefined;
    after: Static<typeof PlotPosition> | undefined;
    size: number;
  },
): Promise<PlotPage> {
  const { iterations, metrics, after, size } = options;
  const place = sql`metric, variant, task_id, -iter, id`;
  const beyond = after
    ? sql`(${place}) > (${after.metric}, ${after.variant}, ${after.task}, ${-after.iter}::bigint, ${after.id}::bigint)`
    : sql`true`;
  // The first steps carry no documents: they see every plot there is and these are large.
  const { rows } = await sql<DocumentRow & { total: number; more: boolean }>`
    WITH aged AS (
      SELECT id, task_id, metric, variant, iter, size,
        dense_rank() OVER (PARTITION BY ${partitions[options.of]} ORDER BY iter DESC) AS age
      FROM event_documents WHERE task_id = ANY(${taskIds}) AND type = 'plot' AND ${wanted(metrics)}
    ), latest AS (SELECT * FROM aged WHERE age <= ${iterations}),
    ahead AS (
      SELECT id AS found, row_number() OVER place AS place, sum(size) OVER place - size AS before, count(*) OVER () AS left
      FROM latest WHERE ${beyond} WINDOW place AS (ORDER BY ${place})
    ), page AS (SELECT * FROM ahead WHERE place <= ${size} AND (before < ${maxDocumentBytes} OR place = 1))
    SELECT ${documentColumns}, (SELECT count(*) FROM latest) AS total, (SELECT count(*) FROM page) < page.left AS more
    FROM page JOIN event_documents ON id = found ORDER BY place`.execute(db);
  const last = rows.at(-1);
  const total = after?.total ?? last?.total ?? 0;
  const plots = rows.map(documentEvent);
  if (!last?.more) return { plots, total, next: undefined };
  const { metric, variant, task_id: task, iter, id } = last;
  return { plots, total, next: { metric, variant, task, iter, id, total } };
}
