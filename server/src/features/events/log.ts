import { sql } from 'kysely';
import type { Db } from '../../platform/database.ts';
import { keptLines } from './deletion.ts';

export interface LogEvent {
  timestamp: number;
  type: 'log';
  task: string;
  level: string;
  worker: string;
  msg: string;
  metric: string;
  variant: string;
}

export interface LogPage {
  events: LogEvent[];
  total: number;
  /** Milliseconds since 1970 of the last line met on the way; the next page begins beyond it. */
  last: number | undefined;
}

/** 8 MiB: a page ends early when its text grows beyond. */
export const maxLogBytes = 8 * 1024 * 1024;

/** A line as the protocol answers it. */
export const logColumns = sql`ts AS timestamp, 'log' AS type, task_id AS task, level, worker, msg, metric, variant`;

/**
 * A page of a task's console, in the order of the way taken. Lines of one millisecond are never split between pages, so a page
 * can be longer than asked for: the protocol continues at a time.
 *
 * @param options.earlier from the end backwards
 * @param options.from milliseconds since 1970; begins beyond it
 */
export async function logPage(
  db: Db,
  taskId: string,
  options: { earlier: boolean; from: number | undefined; size: number },
): Promise<LogPage> {
  const { earlier, from, size } = options;
  const direction = earlier ? sql`DESC` : sql`ASC`;
  const beyond = from === undefined ? sql`true` : earlier ? sql`ts < ${from}` : sql`ts > ${from}`;
  // A millisecond counts as sent when it begins below the limit; a window without ROWS gives all its lines the same sum.
  const { rows } = await sql<LogEvent>`
    WITH page AS (
      SELECT id, ts, octet_length(msg) AS bytes FROM logs
      WHERE task_id = ${taskId} AND ${keptLines(taskId)} AND ${beyond}
      ORDER BY ts ${direction} FETCH FIRST ${size} ROWS WITH TIES
    ), milliseconds AS (SELECT ts, sum(bytes) AS bytes FROM page GROUP BY ts),
    sums AS (SELECT ts, sum(bytes) OVER (ORDER BY ts ${direction}) - bytes AS before FROM milliseconds)
    SELECT ${logColumns} FROM logs
    WHERE task_id = ${taskId} AND ${keptLines(taskId)}
      AND ts IN (SELECT ts FROM sums WHERE before < ${maxLogBytes})
    ORDER BY ts ${direction}, id ${direction}`.execute(db);
  return { events: rows, total: await logSize(db, taskId), last: rows.at(-1)?.timestamp };
}

/** The number of a task's console lines. */
export async function logSize(db: Db, taskId: string): Promise<number> {
  const { rows } = await sql<{ total: number }>`
    SELECT count(*) AS total FROM logs WHERE task_id = ${taskId} AND ${keptLines(taskId)}`.execute(db);
  return rows[0]?.total ?? 0;
}

/** All lines of a task from the first on, a thousand at a time. */
export async function* logLines(db: Db, taskId: string): AsyncGenerator<LogEvent[]> {
  let after: [number, number] | undefined;
  for (;;) {
    const beyond = after ? sql`(ts, id) > (${after[0]}::bigint, ${after[1]}::bigint)` : sql`true`;
    const { rows } = await sql<LogEvent & { id: number }>`
      SELECT id, ${logColumns} FROM logs WHERE task_id = ${taskId} AND ${keptLines(taskId)} AND ${beyond}
      ORDER BY ts, id LIMIT 1000`.execute(db);
    const last = rows.at(-1);
    if (!last) return;
    yield rows.map(({ id: _id, ...line }) => line);
    after = [last.timestamp, last.id];
  }
}
