import type { Scope } from '../../clearml/endpoint.ts';
import type { Statement } from '../../platform/pipeline.ts';
import {
  type CloneOverrides,
  type CloneSource,
  cloneContent,
  insertTasks,
  newTask,
  type WholeTask,
} from '../tasks/index.ts';
import { insertEntries, type NewEntry, touchQueues } from './entries.ts';

export interface QueuedClone {
  id: string;
  name: string;
  /** Its row as JSON. */
  task: string;
  entry: NewEntry;
}

/**
 * A clone that waits in a queue from its first moment: what cloneTask() and then enqueueTask() would leave. Whether the caller may
 * put something into its project must be known by then.
 */
export function queuedClone(
  scope: Scope,
  source: CloneSource,
  overrides: Omit<CloneOverrides, 'parent' | 'system_tags'>,
  { queueId, isUrgent, reason }: { queueId: string; isUrgent: boolean; reason: string },
): QueuedClone {
  const content = cloneContent(source, overrides);
  const { id, ...row } = newTask(scope, content);
  const task: WholeTask = {
    id,
    ...row,
    ...content,
    status: 'queued',
    status_reason: reason,
    enqueue_status: 'created',
    execution: { ...content.execution, queue: queueId },
  };
  const entry = { queue_id: queueId, task_id: id, added: scope.now, priority: isUrgent ? 1 : 0 };
  return { id, name: content.name, task: JSON.stringify(task), entry };
}

/** Writes clones and puts them into their queues, in the given order. */
export function insertQueuedClones(clones: readonly QueuedClone[]): Statement[] {
  const entries = clones.map(({ entry }) => entry);
  const changed = new Set(entries.map(({ queue_id }) => queue_id));
  const latest = Math.max(...entries.map(({ added }) => added.getTime()));
  return [
    insertTasks(clones.map(({ task }) => task)),
    insertEntries(entries),
    touchQueues(new Date(latest), [...changed]),
  ];
}
