import { sql } from 'kysely';
import Type, { type Static } from 'typebox';
import type { Db } from '../../platform/database.ts';
import { type DocumentEvent, type DocumentRow, documentColumns, documentEvent } from './documents.ts';
import { type MetricVariants, wanted } from './filter.ts';

/**
 * Which iterations a page showed, counted from the newest as 1, and the newest event there was when scrolling began: what is
 * reported meanwhile does not shift the pages.
 */
export const WindowPosition = Type.Object({
  first: Type.Number(),
  last: Type.Number(),
  newest: Type.Union([Type.Number(), Type.Null()]),
});
export type WindowPosition = Static<typeof WindowPosition>;

/** The window to show next: `iterations` older ones, or newer ones up to the newest. */
export function nextWindow(
  position: WindowPosition | undefined,
  iterations: number,
  earlier: boolean,
): WindowPosition {
  const start = { first: 1, last: iterations, newest: null };
  if (!position) return start;
  if (earlier) return { ...position, first: position.last + 1, last: position.last + iterations };
  // Nothing known is newer: begin again, with what was reported since.
  if (position.first === 1) return start;
  return { ...position, first: Math.max(1, position.first - iterations), last: position.first - 1 };
}

export interface WindowPage {
  events: DocumentEvent[];
  position: WindowPosition;
}

/** A page ends early, at an iteration, when its documents grow beyond; one iteration is always answered whole. */
export const maxDocumentBytes = 16 * 1024 * 1024;

/**
 * The plots or debug images of a window of iterations of each wanted metric, newest first. The SDK reuses the file names of
 * images: of the iterations that name one URL only the newest still shows its own image, so the others are left out.
 */
export async function windowPage(
  db: Db,
  type: 'plot' | 'training_debug_image',
  metrics: ({ task: string } & MetricVariants)[],
  window: WindowPosition,
): Promise<WindowPage> {
  const tasks = [...new Set(metrics.map(({ task }) => task))];
  // A plot has no URL, and two of a variant are told apart by their key: none replaces another.
  const file = type === 'plot' ? sql`id` : sql`url`;
  const { rows } = await sql<DocumentRow & { newest: number; cut: number | null }>`
    WITH found AS (
      SELECT id AS found, task_id AS task, metric AS name, iter AS at, size AS bytes,
        row_number() OVER (PARTITION BY task_id, metric, variant, ${file} ORDER BY iter DESC, id DESC) AS use
      FROM event_documents
      WHERE task_id = ANY(${tasks}) AND type = ${type}
        AND (${window.newest}::bigint IS NULL OR id <= ${window.newest}::bigint)
        AND ${wanted(metrics)}
    ), aged AS (
      SELECT found, bytes, dense_rank() OVER (PARTITION BY task, name ORDER BY at DESC) AS age,
        max(found) OVER () AS newest
      FROM found WHERE use = 1
    ), ages AS (
      SELECT age, sum(sum(bytes)) OVER (ORDER BY age) AS bytes FROM aged
      WHERE age BETWEEN ${window.first} AND ${window.last} GROUP BY age
    )
    SELECT ${documentColumns}, newest,
      (SELECT min(age) - 1 FROM ages WHERE bytes > ${maxDocumentBytes} AND age > ${window.first}) AS cut
    FROM aged JOIN ages USING (age) JOIN event_documents ON id = found
    WHERE ages.bytes <= ${maxDocumentBytes} OR age = ${window.first}
    ORDER BY task_id, iter DESC, metric, variant, id`.execute(db);
  const newest = window.newest ?? rows[0]?.newest ?? null;
  const last = rows[0]?.cut ?? window.last;
  return { events: rows.map(documentEvent), position: { ...window, last, newest } };
}
