import { sql } from 'kysely';
import Type, { type Static } from 'typebox';
import type { Db } from '../../platform/database.ts';
import { type DocumentEvent, type DocumentRow, documentColumns, documentEvent } from './documents.ts';

/** Where a viewer of single images or plots stands. */
export const SamplePosition = Type.Object({
  metric: Type.String(),
  /** Of an image; a viewer of plots shows all variants of a metric at once, and this is empty. */
  variant: Type.String(),
  /** Null where nothing was found. */
  iteration: Type.Union([Type.Number(), Type.Null()]),
  /** Whether the way leads through this metric only. */
  currentMetric: Type.Boolean(),
});
export type SamplePosition = Static<typeof SamplePosition>;

export type SampleType = 'plot' | 'training_debug_image';

export interface Sample {
  /** One image, or all plots of a metric at one iteration; empty where there is none. */
  events: DocumentEvent[];
  /** The iterations that its series spans; undefined without events. */
  min: number | undefined;
  max: number | undefined;
}

/**
 * What can be shown: each place is an iteration of a metric (and, of images, of a variant). Of the iterations whose images
 * name one URL only the newest still shows its own.
 */
function places(taskId: string, type: SampleType) {
  return type === 'plot'
    ? sql`SELECT iter, metric, '' AS variant, id FROM event_documents WHERE task_id = ${taskId} AND type = 'plot'`
    : sql`SELECT iter, metric, variant, id FROM (
        SELECT *, row_number() OVER (PARTITION BY metric, variant, url ORDER BY iter DESC, id DESC) AS use
        FROM event_documents WHERE task_id = ${taskId} AND type = 'training_debug_image') AS image WHERE use = 1`;
}

/** The sample of a metric and variant at an iteration, or at the last one before it that has one. */
export async function sampleAt(
  db: Db,
  taskId: string,
  type: SampleType,
  at: { metric: string; variant: string; iteration: number | undefined },
): Promise<Sample & { iteration: number | null }> {
  const { rows } = await sql<{ iter: number }>`
    SELECT iter FROM (${places(taskId, type)}) AS place
    WHERE metric = ${at.metric} AND variant = ${at.variant}
      AND ${at.iteration === undefined ? sql`true` : sql`iter <= ${at.iteration}`}
    ORDER BY iter DESC LIMIT 1`.execute(db);
  const iteration = rows[0]?.iter ?? null;
  return { iteration, ...(await sampleOf(db, taskId, type, { ...at, iteration })) };
}

/**
 * The next place in the order of iterations, and within one of metrics and variants.
 *
 * @param options.earlier the way down that order, otherwise up
 * @param options.nextIteration leave this iteration; the variant stays the same when the other iteration has it
 * @returns undefined at the end of the way
 */
export async function nextPlace(
  db: Db,
  taskId: string,
  type: SampleType,
  position: SamplePosition,
  options: { earlier: boolean; nextIteration: boolean },
): Promise<SamplePosition | undefined> {
  const { metric, variant, iteration, currentMetric } = position;
  if (iteration === null) return undefined;
  const [beyond, order] = options.earlier ? [sql`<`, sql`DESC`] : [sql`>`, sql`ASC`];
  const onTheWay = options.nextIteration
    ? sql`iter ${beyond} ${iteration}`
    : sql`(iter, metric, variant) ${beyond} (${iteration}::bigint, ${metric}, ${variant})`;
  const sameFirst = options.nextIteration ? sql`(metric = ${metric} AND variant = ${variant}) DESC,` : sql``;
  const { rows } = await sql<{ metric: string; variant: string; iter: number }>`
    SELECT metric, variant, iter FROM (${places(taskId, type)}) AS place
    WHERE ${onTheWay} AND ${currentMetric ? sql`metric = ${metric}` : sql`true`}
    ORDER BY iter ${order}, ${sameFirst} metric ${order}, variant ${order} LIMIT 1`.execute(db);
  const [next] = rows;
  return next && { metric: next.metric, variant: next.variant, iteration: next.iter, currentMetric };
}

/** The events at a place, and the range of iterations of their series. */
export async function sampleOf(
  db: Db,
  taskId: string,
  type: SampleType,
  { metric, variant, iteration }: Pick<SamplePosition, 'metric' | 'variant' | 'iteration'>,
): Promise<Sample> {
  if (iteration === null) return { events: [], min: undefined, max: undefined };
  const { rows } = await sql<DocumentRow & { min: number; max: number }>`
    WITH series AS (
      SELECT id AS found, iter AS at, min(iter) OVER () AS min, max(iter) OVER () AS max
      FROM (${places(taskId, type)}) AS place WHERE metric = ${metric} AND variant = ${variant}
    )
    SELECT ${documentColumns}, min, max FROM series JOIN event_documents ON id = found
    WHERE at = ${iteration} ORDER BY variant, id DESC`.execute(db);
  const events = type === 'plot' ? rows : rows.slice(0, 1);
  return { events: events.map(documentEvent), min: rows[0]?.min, max: rows[0]?.max };
}
