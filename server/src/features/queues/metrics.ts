import { type Kysely, sql } from 'kysely';
import type { Scope } from '../../clearml/endpoint.ts';
import type { TimeRange } from '../../clearml/time-range.ts';
import type { Db } from '../../platform/database.ts';
import type { DB } from '../../platform/schema.ts';

/** Notes length and average waiting time of every queue, or of those of one company. */
export async function sampleQueues(db: Db, company?: string): Promise<void> {
  const which = company === undefined ? sql`` : sql`WHERE queues.company = ${company}`;
  await sql`
    INSERT INTO queue_samples (queue_id, at, length, avg_wait)
    SELECT queues.id, now(), count(entry.task_id), coalesce(extract(epoch FROM avg(now() - entry.added)), 0)
    FROM queues LEFT JOIN waiting_entries AS entry ON entry.queue_id = queues.id ${which}
    GROUP BY queues.id ON CONFLICT DO NOTHING`.execute(db);
}

/** How long samples are kept. */
export const sampleDays = 31;

export async function dropOldSamples(db: Kysely<DB>): Promise<void> {
  await sql`DELETE FROM queue_samples WHERE at < now() - ${sampleDays} * interval '1 day'`.execute(db);
}

interface QueueMetrics {
  queue: string;
  /** Seconds since the epoch. */
  dates: number[];
  /** Seconds. */
  avg_waiting_times: number[];
  queue_lengths: number[];
}

/**
 * Waiting times and lengths in steps of the interval: of each step the sample with the longest wait, as the protocol says. Without
 * ids one series `all`, averaged over the company's queues.
 */
export async function queueMetrics(
  scope: Scope,
  { from, to, interval }: TimeRange,
  queueIds: readonly string[] = [],
): Promise<QueueMetrics[]> {
  const only = queueIds.length > 0 ? sql`AND queues.id = ANY(${queueIds}::text[])` : sql``;
  const { rows } = await sql<QueueMetrics>`
    WITH samples AS (
      SELECT DISTINCT ON (queue_id, date) queue_id, avg_wait, length,
        (${from} + floor((extract(epoch FROM at) - ${from}) / ${interval}) * ${interval})::bigint AS date
      FROM queue_samples JOIN queues ON queues.id = queue_id
      WHERE queues.company = ANY(${[scope.caller.company, '']}::text[]) ${only}
        AND at >= to_timestamp(${from}) AND at <= to_timestamp(${to})
      ORDER BY queue_id, date, avg_wait DESC, length DESC),
    points AS (
      SELECT ${queueIds.length > 0 ? sql`queue_id` : sql`'all'`} AS queue, date, avg(avg_wait) AS wait, round(avg(length)) AS length
      FROM samples GROUP BY 1, 2)
    SELECT queue, array_agg(date ORDER BY date) AS dates, array_agg(wait ORDER BY date) AS avg_waiting_times,
      array_agg(length::int ORDER BY date) AS queue_lengths
    FROM points GROUP BY queue ORDER BY queue`.execute(scope.db);
  return rows.map((row) => ({ ...row, dates: row.dates.map(Number) }));
}

/** How much waits in a queue. */
export interface QueueDepth {
  queue: string;
  entries: number;
  /** Seconds that its oldest entry has waited; 0 when there is none. */
  oldest: number;
}

/** The longest queues of all companies, by name; those without entries too. */
export async function queueDepths(db: Db, limit: number): Promise<QueueDepth[]> {
  const { rows } = await sql<QueueDepth>`
    SELECT queues.name AS queue, count(entry.task_id) AS entries,
      coalesce(extract(epoch FROM now() - min(entry.added)), 0)::float8 AS oldest
    FROM queues LEFT JOIN waiting_entries AS entry ON entry.queue_id = queues.id
    GROUP BY queues.name ORDER BY entries DESC, queue LIMIT ${limit}`.execute(db);
  return rows;
}
