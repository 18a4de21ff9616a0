import { sql } from 'kysely';
import Type, { type Static } from 'typebox';
import type { Db } from '../../platform/database.ts';
import { type DocumentEvent, type DocumentRow, documentColumns, documentEvent } from './documents.ts';
import { type MetricVariants, wanted } from './filter.ts';

/**
 * Which iterations a page showed, counted from the newest as 1, and the newest image there was when scrolling began: what is
 * reported meanwhile does not shift the pages.
 */
export const ImagePosition = Type.Object({
  first: Type.Number(),
  last: Type.Number(),
  newest: Type.Union([Type.Number(), Type.Null()]),
});
export type ImagePosition = Static<typeof ImagePosition>;

/** The window to show next: `iterations` older ones, or newer ones up to the newest. */
export function nextWindow(
  position: ImagePosition | undefined,
  iterations: number,
  earlier: boolean,
): ImagePosition {
  const start = { first: 1, last: iterations, newest: null };
  if (!position) return start;
  if (earlier) return { ...position, first: position.last + 1, last: position.last + iterations };
  // Nothing known is newer: begin again, with what was reported since.
  if (position.first === 1) return start;
  return { ...position, first: Math.max(1, position.first - iterations), last: position.first - 1 };
}

export interface ImagePage {
  events: DocumentEvent[];
  position: ImagePosition;
}

/**
 * The debug images of a window of iterations of each wanted metric, newest first. The SDK reuses file names: of the iterations
 * that name one URL only the newest still shows its own image, so the others are left out.
 */
export async function imagePage(
  db: Db,
  metrics: ({ task: string } & MetricVariants)[],
  window: ImagePosition,
): Promise<ImagePage> {
  const tasks = [...new Set(metrics.map(({ task }) => task))];
  const { rows } = await sql<DocumentRow & { newest: number }>`
    WITH found AS (
      SELECT id AS found, task_id AS task, metric AS name, iter AS at,
        row_number() OVER (PARTITION BY task_id, metric, variant, url ORDER BY iter DESC, id DESC) AS use
      FROM event_documents
      WHERE task_id = ANY(${tasks}) AND type = 'training_debug_image'
        AND (${window.newest}::bigint IS NULL OR id <= ${window.newest}::bigint)
        AND ${wanted(metrics)}
    ), aged AS (
      SELECT found, dense_rank() OVER (PARTITION BY task, name ORDER BY at DESC) AS age, max(found) OVER () AS newest
      FROM found WHERE use = 1
    )
    SELECT ${documentColumns}, newest
    FROM aged JOIN event_documents ON id = found
    WHERE age BETWEEN ${window.first} AND ${window.last}
    ORDER BY task_id, iter DESC, metric, variant, id`.execute(db);
  const newest = window.newest ?? rows[0]?.newest ?? null;
  return { events: rows.map(documentEvent), position: { ...window, newest } };
}
