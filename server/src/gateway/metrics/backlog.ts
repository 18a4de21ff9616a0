import { sql } from 'kysely';
import type { Db } from '../../platform/database.ts';

/** What the gateway still owes its callers. */
export interface Backlog {
  /** Calls whose tasks wait, and whose tasks or answers are on their way. */
  queued: number;
  running: number;
  /** Callbacks of ended calls that have not arrived. */
  callbacks: number;
  /** How often ended calls had waited in their queue, and run, for about so long. */
  times: QueuedTime[];
}

export interface QueuedTime {
  phase: 'queued' | 'running';
  milliseconds: number;
  count: number;
}

/** The counts read partial indexes, calls_by_status and callbacks_due; of times there are a few hundred. */
export async function readBacklog(db: Db): Promise<Backlog> {
  const { rows } = await sql<Backlog>`
    SELECT count(*) FILTER (WHERE status = 'queued') AS queued, count(*) FILTER (WHERE status = 'running') AS running,
      (SELECT count(*) FROM callbacks WHERE state = 'due') AS callbacks,
      (SELECT coalesce(json_agg(json_build_object('phase', phase, 'milliseconds', bucket_milliseconds(bucket), 'count', count)), '[]')
        FROM queued_times) AS times
    FROM calls WHERE status <> 'completed' AND status IN ('queued', 'running')`.execute(db);
  return rows[0] as Backlog;
}
