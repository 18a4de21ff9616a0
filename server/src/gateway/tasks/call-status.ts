import type { CallStatus } from '@arno/protocol';
import type { Status } from '../../features/tasks/index.ts';

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
 * Why ClearML stops a task whose worker fell silent, and why our leases fail it. Its caller should know that nobody decided so.
 */
const silence = /non-responsive|worker \S+ is lost/i;

/** What the status of a task means to who called it: as status_of_clone() in 0013-gateway-complete.sql. */
export function statusOfTask({
  status,
  status_reason: reason,
}: {
  status: string;
  status_reason: string;
}): CallStatus {
  const isLost = (status === 'stopped' || status === 'failed') && silence.test(reason);
  return isLost ? 'lost' : statuses[status as Status];
}

/** Whether nothing more is to come. */
export function isOver(status: CallStatus): boolean {
  return status !== 'queued' && status !== 'running';
}

/** Whether the caller should know why. */
export function isTroubled(status: CallStatus): boolean {
  return status === 'failed' || status === 'aborted' || status === 'lost';
}
