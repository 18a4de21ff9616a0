import { sql } from 'kysely';
import Type, { type Static } from 'typebox';
import type { Db } from '../../platform/database.ts';
import { keptLines } from './deletion.ts';
import { type DocumentRow, documentColumns, documentEvent } from './documents.ts';
import type { DocumentType, EventType } from './events.ts';
import { type MetricVariants, wanted } from './filter.ts';
import { type LogEvent, logColumns, logSize, maxLogBytes } from './log.ts';
import { maxDocumentBytes } from './windows.ts';

/**
 * Where a page of events ended: in which source, after which sort key of it, and how many events there were when scrolling
 * began. The SDK scrolls until it has got `total` events, so that number must not change on the way.
 */
export const EventPosition = Type.Object({
  source: Type.Number(),
  after: Type.Union([Type.Tuple([Type.Number(), Type.Number()]), Type.Null()]),
  total: Type.Number(),
});
export type EventPosition = Static<typeof EventPosition>;

export interface Selection {
  taskId: string;
  metrics: MetricVariants[] | undefined;
  descending: boolean;
}

/** The last two columns of the order within a source; they tell any two of its events apart. */
type Key = [number, number];

interface Source {
  count(db: Db, selection: Selection): Promise<number>;
  page(db: Db, selection: Selection, after: Key | undefined, size: number): Promise<SourcePage>;
}

interface SourcePage {
  events: { key: Key; event: object }[];
  /** Whether the page ends because it is full, in events or in bytes, and not because the source ends. */
  full: boolean;
}

export interface EventPage {
  events: object[];
  total: number;
  /** Undefined after the last page. */
  next: EventPosition | undefined;
}

/**
 * A page of a task's events: scalars, then plots, images and vectors, each by iteration, then the console by time. Sources
 * are not merged: no client asks for several types at once and expects them interleaved.
 */
export async function eventPage(
  db: Db,
  selection: Selection,
  options: { type: EventType | undefined; position: EventPosition | undefined; size: number },
): Promise<EventPage> {
  const sources = sourcesOf(options.type);
  const total = options.position?.total ?? (await countAll(db, selection, sources));
  const events: object[] = [];
  let after = options.position?.after ?? undefined;
  for (let index = options.position?.source ?? 0; index < sources.length; index++) {
    const source = sources[index] as Source;
    const size = options.size - events.length;
    const page = await source.page(db, selection, after, size);
    for (const { event } of page.events) events.push(event);
    if (page.full) {
      const last = page.events.at(-1)?.key ?? after ?? null;
      return { events, total, next: { source: index, after: last, total } };
    }
    after = undefined;
  }
  return { events, total, next: undefined };
}

async function countAll(db: Db, selection: Selection, sources: Source[]): Promise<number> {
  let total = 0;
  for (const source of sources) total += await source.count(db, selection);
  return total;
}

function sourcesOf(type: EventType | undefined): Source[] {
  switch (type) {
    case undefined:
      return [scalars, documents(undefined), log];
    case 'training_stats_scalar':
      return [scalars];
    case 'log':
      return [log];
    default:
      return [documents(type)];
  }
}

const direction = ({ descending }: Selection) => (descending ? sql`DESC` : sql`ASC`);

/** The condition that a pair of columns stands beyond a key. */
function beyond(columns: [string, string], { descending }: Selection, after: Key | undefined) {
  if (!after) return sql`true`;
  const [first, second] = columns.map((column) => sql.ref(column));
  return sql`(${first}, ${second}) ${descending ? sql`<` : sql`>`} (${after[0]}::bigint, ${after[1]}::bigint)`;
}

const scalars: Source = {
  async count(db, { taskId, metrics }) {
    const { rows } = await sql<{ total: number }>`
      SELECT count(*) AS total FROM scalar_series AS series JOIN scalars ON series_id = series.id
      WHERE task_id = ${taskId} AND ${wanted(metrics)}`.execute(db);
    return rows[0]?.total ?? 0;
  },
  async page(db, selection, after, size) {
    const order = direction(selection);
    const start = after
      ? sql`iter ${selection.descending ? sql`<=` : sql`>=`} ${after[0]}::bigint`
      : sql`true`;
    // No series can fill more than the page and the one point it may share with the page before.
    const { rows } = await sql<ScalarRow>`
      SELECT series.id AS series_id, metric, variant, point.iter, point.ts, point.value
      FROM scalar_series AS series
      CROSS JOIN LATERAL (
        SELECT iter, ts, value FROM scalars WHERE series_id = series.id AND ${start}
        ORDER BY iter ${order} LIMIT ${size + 1}
      ) AS point
      WHERE task_id = ${selection.taskId} AND ${wanted(selection.metrics)}
        AND ${beyond(['point.iter', 'series.id'], selection, after)}
      ORDER BY point.iter ${order}, series.id ${order} LIMIT ${size}`.execute(db);
    const events = rows.map(({ series_id, metric, variant, iter, ts, value }) => ({
      key: [iter, series_id] as Key,
      event: {
        timestamp: ts,
        type: 'training_stats_scalar',
        task: selection.taskId,
        iter,
        metric,
        variant,
        value,
      },
    }));
    return { events, full: rows.length === size };
  },
};

interface ScalarRow {
  series_id: number;
  metric: string;
  variant: string;
  iter: number;
  ts: number;
  value: number;
}

function documents(type: DocumentType | undefined): Source {
  const selected = ({ taskId, metrics }: Selection) => sql`
    task_id = ${taskId} AND ${type ? sql`type = ${type}` : sql`true`} AND ${wanted(metrics)}`;
  return {
    async count(db, selection) {
      const { rows } = await sql<{ total: number }>`
        SELECT count(*) AS total FROM event_documents WHERE ${selected(selection)}`.execute(db);
      return rows[0]?.total ?? 0;
    },
    async page(db, selection, after, size) {
      const order = direction(selection);
      // The first step carries no documents: it may find more of them than the page can hold.
      const { rows } = await sql<DocumentRow & { found: number }>`
        WITH found AS (
          SELECT id AS found_id, sum(size) OVER (ORDER BY iter ${order}, id ${order}) - size AS before FROM event_documents
          WHERE ${selected(selection)} AND ${beyond(['iter', 'id'], selection, after)}
          ORDER BY iter ${order}, id ${order} LIMIT ${size}
        )
        SELECT ${documentColumns}, (SELECT count(*) FROM found) AS found
        FROM found JOIN event_documents ON id = found_id WHERE before < ${maxDocumentBytes}
        ORDER BY iter ${order}, id ${order}`.execute(db);
      const events = rows.map((row) => ({ key: [row.iter, row.id] as Key, event: documentEvent(row) }));
      return { events, full: isFull(rows, size) };
    },
  };
}

/** Whether a page of rows that know how many were found has as many as it may, or left some out. */
function isFull(rows: { found: number }[], size: number): boolean {
  const found = rows[0]?.found ?? 0;
  return found === size || rows.length < found;
}

const log: Source = {
  count: (db, { taskId }) => logSize(db, taskId),
  async page(db, selection, after, size) {
    const order = direction(selection);
    const { rows } = await sql<LogEvent & { id: number; found: number }>`
      WITH found AS (
        SELECT *, sum(octet_length(msg)) OVER (ORDER BY ts ${order}, id ${order}) - octet_length(msg) AS before FROM logs
        WHERE task_id = ${selection.taskId} AND ${keptLines(selection.taskId)}
          AND ${beyond(['ts', 'id'], selection, after)}
        ORDER BY ts ${order}, id ${order} LIMIT ${size}
      )
      SELECT id, ${logColumns}, (SELECT count(*) FROM found) AS found FROM found WHERE before < ${maxLogBytes}
      ORDER BY ts ${order}, id ${order}`.execute(db);
    const events = rows.map(({ id, found: _found, ...event }) => ({
      key: [event.timestamp, id] as Key,
      event,
    }));
    return { events, full: isFull(rows, size) };
  },
};
