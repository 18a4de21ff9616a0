import type { CallStatus } from '@arno/protocol';
import type { Scope } from '../clearml/endpoint.ts';
import type { Params } from './params.ts';

export interface TaskOrder {
  /** Id of the template task. */
  template: string;
  /** Name of the queue. */
  queue: string;
  params: Params;
  /** Container image of the clone; undefined leaves it to the agent. */
  image: string | undefined;
}

export interface QueuedTask {
  id: string;
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

/** Where the tasks of enqueue calls live. */
export interface TaskBackend {
  /**
   * Clones the template with the parameters and queues the clone, as part of the transaction in `scope` where it can be.
   *
   * @throws GatewayError unknown_public_id when the template is gone, unknown_queue
   */
  enqueue(scope: Scope, order: TaskOrder): Promise<QueuedTask>;

  /** State of a clone; undefined when it no longer exists. */
  find(scope: Scope, id: string): Promise<TaskState | undefined>;
}
