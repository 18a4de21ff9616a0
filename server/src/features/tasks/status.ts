import type { Scope } from '../../clearml/endpoint.ts';
import { ClearmlError } from '../../clearml/errors.ts';
import type { TaskRow } from './entity.ts';
import { endWaiting, stamps, type TaskChanges, writeTask } from './store.ts';

export type Status =
  | 'created'
  | 'queued'
  | 'in_progress'
  | 'stopped'
  | 'closed'
  | 'failed'
  | 'completed'
  | 'publishing'
  | 'published';

/** The legal moves; staying is always legal. */
const moves: Record<Status, readonly Status[]> = {
  created: ['queued', 'in_progress'],
  queued: ['created', 'in_progress', 'stopped'],
  in_progress: ['stopped', 'failed', 'created', 'completed'],
  stopped: ['closed', 'created', 'failed', 'queued', 'in_progress', 'published', 'publishing', 'completed'],
  closed: ['created', 'failed', 'published', 'publishing', 'stopped'],
  failed: ['created', 'stopped', 'published', 'queued'],
  completed: ['published', 'in_progress', 'created'],
  publishing: ['published'],
  published: [],
};

export interface StatusChange {
  status: Status;
  reason?: string | undefined;
  message?: string | undefined;
  /** Allows every move. */
  force?: boolean | undefined;
  /** Written with the status. */
  changes?: TaskChanges;
}

/**
 * Moves a locked task to a status; answers the changed fields.
 *
 * @throws ClearmlError 400/121 for a move that is not legal
 */
export async function changeStatus(scope: Scope, task: TaskRow, change: StatusChange): Promise<TaskChanges> {
  const current = task.status as Status;
  const legal = current === change.status || moves[current].includes(change.status);
  if (!legal && !change.force) {
    throw new ClearmlError(
      'failed_changing_task_status',
      `task ${task.id} is ${current}, not to be ${change.status}`,
      {
        current_status: current,
        new_status: change.status,
      },
    );
  }
  const fields = {
    status: change.status,
    status_reason: change.reason ?? '',
    status_message: change.message ?? '',
    status_changed: scope.now,
    ...stamps(scope),
    ...change.changes,
  };
  const leavesDevelopment = change.status === 'queued' && task.system_tags.includes('development');
  const tags = leavesDevelopment
    ? { system_tags: task.system_tags.filter((tag) => tag !== 'development') }
    : {};
  await writeTask(scope, task.id, { ...fields, ...tags });
  if (change.status !== 'queued') await endWaiting(scope, task);
  return { ...fields, ...tags };
}

/** Throws 400/110 unless the task is in one of the statuses. */
export function requireStatus(task: TaskRow, allowed: readonly Status[]): void {
  if (allowed.includes(task.status as Status)) return;
  throw new ClearmlError(
    'invalid_task_status',
    `task ${task.id} is ${task.status}, expected ${allowed.join(' or ')}`,
    {
      current_status: task.status,
    },
  );
}

/** Parameters, configuration and artifacts may change before a run, and during one by its own program, which says `force`. */
export function requireEditable(task: TaskRow, force: boolean | undefined): void {
  requireStatus(task, force ? ['created', 'in_progress'] : ['created']);
}

/** Whole seconds from the start of a running task to now, for `active_duration`; of one that has ended already, as they are. */
export function secondsActive(scope: Scope, task: TaskRow): number | null {
  if (task.status !== 'in_progress' && task.active_duration !== null) return Number(task.active_duration);
  return task.started ? Math.max(0, Math.round((scope.now.getTime() - task.started.getTime()) / 1000)) : null;
}

/** What is written beside the status of a task that ends in order. A failed one has no `completed`. */
export function ended(scope: Scope, task: TaskRow): TaskChanges {
  return { completed: scope.now, active_duration: secondsActive(scope, task) };
}
