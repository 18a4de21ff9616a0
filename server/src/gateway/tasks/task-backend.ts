import type { CallStatus } from '@arno/protocol';
import type { Kysely } from 'kysely';
import type { Scope } from '../../clearml/endpoint.ts';
import type { DB } from '../../platform/schema.ts';
import type { CallRows } from '../enqueue/call-rows.ts';
import type { Params } from '../enqueue/params.ts';

export interface TaskOrder {
  /** Id of the call that orders the task. */
  callId: string;
  /** Id of the template task. */
  template: string;
  /** Name of the queue. */
  queue: string;
  params: Params;
  /** Container image of the clone; undefined leaves it to the agent. */
  image: string | undefined;
  /** Whether it goes before every other entry of the queue, behind those that came so earlier. */
  isUrgent: boolean;
  /** Path of the project for the clone, which is made when it is missing; undefined is that of the template. */
  project: string | undefined;
  /** Of the clone, beside those of the template. */
  tags: readonly string[];
  /** Says on the clone who called; it belongs to the owner of the template all the same, because it runs their program. */
  comment: string;
}

export interface QueuedTask {
  /** Undefined while the clone is still to be made: its row has it once it is. */
  id?: string;
  name: string;
  /** Name of the queue it waits in. */
  queue: string;
}

export interface StoredFile {
  name: string;
  type: string;
  uri: string;
  /** Bytes. */
  size?: number;
}

/** What the caller of a queued task may know of it. */
export interface TaskState {
  status: CallStatus;
  /** Percent. */
  progress?: number;
  lastIteration: number;
  /** Tasks before it in its queue. */
  queuePosition?: number;
  started?: Date;
  ended?: Date;
  /** Why it failed or was stopped. */
  reason?: string;
  artifacts: StoredFile[];
  models: { name: string; uri: string }[];
  values: { metric: string; variant: string; value: number }[];
}

export interface PoolScope extends Scope {
  db: Kysely<DB>;
}

/** What is written for a call together with its task, and what its caller is answered then. */
export interface Acceptance<Answer> {
  rows: CallRows;
  answer: Answer;
}

/** Decides about a call when it is known what its task will be. */
export type Accept<Answer> = (task: QueuedTask) => Acceptance<Answer>;

/** Where the tasks of enqueue calls live. */
export interface TaskBackend {
  /**
   * Clones the template with the parameters and queues the clone, so that there is never a queued clone without the rows of its
   * call, nor these without the clone, whatever dies meanwhile.
   *
   * @param scope with the pool and not a transaction
   * @returns the answer of `accept`
   * @throws GatewayError unknown_public_id when the template is gone, unknown_queue, backend_unavailable; nothing is left then
   * @throws what PostgreSQL says of rows that cannot be written
   */
  enqueue<Answer>(scope: PoolScope, order: TaskOrder, accept: Accept<Answer>): Promise<Answer>;

  /** State of a clone, whoever asks; undefined when it no longer exists. */
  find(scope: Scope, id: string): Promise<TaskState | undefined>;

  /**
   * A text for each of these clones that differs when what `find` says of it may differ in status, progress, iteration or place in
   * its queue. It is asked about all calls that somebody watches, again and again, so it must be cheap; who is missing has no news.
   */
  glance(scope: Scope, ids: readonly string[]): Promise<Map<string, string>>;

  /**
   * Takes the clone of a call out of its queue, or asks its agent to stop, or sees to it that the clone is not queued if it is still
   * being made. One that has ended, or is gone, stays as it is.
   */
  cancel(scope: PoolScope, callId: string, reason: string): Promise<void>;
}
