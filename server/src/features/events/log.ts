import { sql } from 'kysely';
import type { Db } from '../../platform/database.ts';

interface LogEvent {
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
  const { rows } = await sql<LogEvent>`
    WITH page AS (
      SELECT * FROM logs WHERE task_id = ${taskId} AND ${beyond}
      ORDER BY ts ${direction} FETCH FIRST ${size} ROWS WITH TIES
    )
    SELECT ts AS timestamp, 'log' AS type, task_id AS task, level, worker, msg, metric, variant
    FROM page ORDER BY ts ${direction}, id ${direction}`.execute(db);
  return { events: rows, total: await logSize(db, taskId), last: rows.at(-1)?.timestamp };
}

/** The number of a task's console lines. */
export async function logSize(db: Db, taskId: string): Promise<number> {
  const { rows } = await sql<{ total: number }>`
    SELECT count(*) AS total FROM logs WHERE task_id = ${taskId}`.execute(db);
  return rows[0]?.total ?? 0;
}
