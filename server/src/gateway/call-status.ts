import type { CallStatus } from '@arno/protocol';
import { type RawBuilder, sql } from 'kysely';
import type { Status } from '../features/tasks/index.ts';

const statuses: Record<Status, CallStatus> = {
  // A draft: somebody took it out of its queue.
  created: 'aborted',
  queued: 'queued',
  in_progress: 'running',
  stopped: 'aborted',
  closed: 'completed',
  failed: 'failed',
  completed: 'completed',
  publishing: 'completed',
  published: 'completed',
};

/**
 * What ClearML gives as the reason when it stops a task whose worker fell silent. Its caller should know that nobody decided
 * so.
 */
const silence = 'non-responsive';

/** What the status of a task means to who called it. */
export function statusOfTask(task: { status: string; status_reason: string }): CallStatus {
  const isLost = task.status === 'stopped' && task.status_reason.toLowerCase().includes(silence);
  return isLost ? 'lost' : statuses[task.status as Status];
}

/**
 * The status of a call as SQL over `calls` with its clone left-joined as `clone`: the same rules as above. NULL when the clone
 * was deleted.
 */
export const callStatus: RawBuilder<CallStatus | null> = sql`CASE
  WHEN calls.outcome = 'failed' THEN 'failed'
  WHEN calls.outcome = 'ok' THEN 'completed'
  WHEN calls.kind = 'ondemand' THEN 'running'
  WHEN clone.status = 'stopped' AND clone.status_reason ILIKE ${`%${silence}%`} THEN 'lost'
  ELSE ${JSON.stringify(statuses)}::jsonb ->> clone.status END`;
