import { type Static, Type } from 'typebox';
import { exactly } from './common.ts';

/**
 * Queues and what waits in them. Developers read, admins change.
 *
 *   GET    queues -> {items: Queue[]}                 all of them, by name
 *   POST   queues QueueInput -> QueueDetail;  GET queues/:id -> QueueDetail;  PATCH queues/:id QueueInput -> QueueDetail
 *   DELETE queues/:id?force                           a queue in which tasks wait only with `force`
 *   POST   queues/:id/pause -> QueueDetail;  POST queues/:id/resume -> QueueDetail
 *   GET    queues/:id/entries?q&page&page_size -> Page<QueueEntry>
 *   POST   queues/:id/entries/place EntryPlace -> EntriesDone       to another place of the same queue
 *   POST   queues/:id/entries/transfer {task_ids, queue_id} -> EntriesDone   to the end of another queue
 *   POST   queues/:id/entries/remove {task_ids} -> EntriesDone      their tasks become what they were before
 *   POST   queues/:id/entries/restore {task_ids, before?} -> EntriesDone     undoes a removal
 */

/** A queue as a list shows it. Times ISO 8601. */
export interface Queue {
  id: string;
  name: string;
  /** Where tasks go that name no queue. */
  is_default: boolean;
  /** Entries that wait. */
  depth: number;
  /** When the entry was added that has waited longest. */
  oldest?: string;
  /** Seconds that the waiting entries have waited on average. */
  average_wait?: number;
  /** Connected workers that serve it, drained ones included. */
  workers: number;
  /** Since when it hands out nothing, and who paused it. */
  paused?: { at: string; by: string };
  created_at: string;
}

export interface QueueDetail extends Queue {
  /** Whether tasks whose worker is lost are queued again; without it they fail. */
  requeue_lost: boolean;
  /** Connected workers that serve it. */
  served_by: { id: string; drained: boolean }[];
  /** Task mappings that send their calls here: by default, or because a caller may choose it. */
  mappings: { id: string; alias: string; default: boolean }[];
}

export const queueInput = Type.Object(
  {
    name: Type.String({ minLength: 3, maxLength: 200, description: 'a name of 3 to 200 characters' }),
    requeue_lost: Type.Optional(Type.Boolean()),
  },
  exactly,
);
export type QueueInput = Static<typeof queueInput>;

export const queueChanges = Type.Partial(queueInput, exactly);

export const queueRemovalQuery = Type.Object({ force: Type.Optional(Type.Boolean()) }, exactly);

export const entriesQuery = Type.Object(
  {
    /** Found in the name of a task, its project or its owner, or the beginning of its id. */
    q: Type.Optional(Type.String({ maxLength: 200 })),
    page: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000_000 })),
    page_size: Type.Optional(Type.Integer({ minimum: 1, maximum: 200 })),
  },
  exactly,
);

/** A task that waits in a queue. */
export interface QueueEntry {
  /** From 1, the one that is handed out next. */
  place: number;
  added: string;
  /** Stands before all that is not urgent. */
  urgent: boolean;
  /** Absent when the caller may not see the task. */
  task?: {
    id: string;
    name: string;
    type: string;
    project?: { id: string; name: string };
    /** Whose task it is. */
    user?: { id: string; name: string };
    /** Id of the gateway's call that queued it. */
    call_id?: string;
  };
}

const taskId = Type.String({ minLength: 1, maxLength: 64 });
const taskIds = Type.Array(taskId, {
  minItems: 1,
  maxItems: 200,
  description: 'a list of 1 to 200 task ids',
});

/** Exactly one of the three says where the tasks go, in their present order. */
export const entryPlace = Type.Object(
  {
    task_ids: taskIds,
    before: Type.Optional(taskId),
    after: Type.Optional(taskId),
    to: Type.Optional(Type.Enum(['front', 'back'], { description: 'front or back' })),
  },
  exactly,
);
export type EntryPlace = Static<typeof entryPlace>;

export const entryTransfer = Type.Object({ task_ids: taskIds, queue_id: taskId }, exactly);

export const entryRemoval = Type.Object({ task_ids: taskIds }, exactly);

export const entryRestoral = Type.Object({ task_ids: taskIds, before: Type.Optional(taskId) }, exactly);

/** What became of tasks that were named: a worker may have taken some meanwhile. */
export interface EntriesDone {
  done: string[];
  /** They no longer wait here, or cannot wait again. */
  gone: string[];
}
