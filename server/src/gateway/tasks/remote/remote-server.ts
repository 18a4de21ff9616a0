import { setTimeout as sleep } from 'node:timers/promises';
import {
  type AllEndpoints,
  type ClearmlClient,
  createClearmlClient,
  type EndpointName,
} from '@arno/protocol/clearml';
import { isOutage } from './outages.ts';
import type { Placement } from './placement.ts';

export type RemoteTask = NonNullable<AllEndpoints['tasks.get_all']['response']['tasks']>[number];

export interface RemoteServerOptions {
  /** Address of the API, without a slash at its end. */
  api: string;
  accessKey: string;
  secretKey: string;
  /** Milliseconds until one request is given up. */
  timeoutMs?: number;
}

const defaultTimeoutMs = 10_000;
/** Pause before a read is tried once more. */
const retryMs = 250;
/** Tasks named in one request. */
const tasksPerRequest = 500;
/** Entries of a queue that are looked through for a place in it. */
const maxEntries = 10_000;

/**
 * A ClearML server over its API alone. Reads are tried twice when a connection broke, because that does no harm to them; what
 * changes something is tried once. Errors are those of the client: `ClearmlApiError`, or what fetch throws.
 */
export class RemoteServer {
  readonly #client: ClearmlClient;

  constructor({ api, accessKey, secretKey, timeoutMs: timeout = defaultTimeoutMs }: RemoteServerOptions) {
    this.#client = createClearmlClient({ baseUrl: api, credentials: { accessKey, secretKey }, timeout });
  }

  /** A bearer token, which the remote file server takes too. */
  async token(): Promise<string> {
    return (await this.#client.token()) ?? '';
  }

  /** Whether it answers and knows our key pair; throws what is wrong. */
  async ping(): Promise<void> {
    await this.#client.call('queues.get_all', { only_fields: ['id'], page: 0, page_size: 1 });
  }

  async findTask(id: string, fields: readonly string[]): Promise<RemoteTask | undefined> {
    return (await this.findTasks([id], fields)).get(id);
  }

  /** Tasks by id; those that do not exist (any more) are missing. */
  async findTasks(ids: readonly string[], fields: readonly string[]): Promise<Map<string, RemoteTask>> {
    const found = new Map<string, RemoteTask>();
    for (let start = 0; start < ids.length; start += tasksPerRequest) {
      const id = ids.slice(start, start + tasksPerRequest);
      const only_fields = ['id', ...fields];
      const request = { id, only_fields, search_hidden: true, page: 0, page_size: id.length };
      const { tasks = [] } = await this.#read('tasks.get_all', request);
      for (const task of tasks) if (task.id) found.set(task.id, task);
    }
    return found;
  }

  /** Tasks that carry a tag, the oldest first. */
  async taggedTasks(tag: string): Promise<RemoteTask[]> {
    const only_fields = ['id', 'status', 'created'];
    const list = {
      tags: [tag],
      only_fields,
      order_by: ['created'],
      search_hidden: true,
      page: 0,
      page_size: 100,
    };
    return (await this.#read('tasks.get_all', list)).tasks ?? [];
  }

  /** A queue by its whole name. */
  async findQueue(name: string): Promise<{ id: string; name: string } | undefined> {
    // The protocol matches names by a pattern.
    const pattern = `^${name.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`;
    const request = {
      name: pattern,
      only_fields: ['id', 'name'],
      page: 0,
      page_size: 10,
      search_hidden: true,
    };
    const { queues = [] } = await this.#read('queues.get_all', request);
    const queue = queues.find((candidate) => candidate.name === name);
    return queue?.id === undefined ? undefined : { id: queue.id, name };
  }

  /** Ids of the tasks that wait in a queue, the next one first. */
  async waitingIn(queue: string): Promise<string[]> {
    const answer = await this.#read('queues.get_by_id', { queue, max_task_entries: maxEntries });
    return answer.queue?.entries?.flatMap(({ task }) => task ?? []) ?? [];
  }

  /** Where the weights of models are; those without an address are missing. */
  async models(ids: readonly string[]): Promise<{ id: string; uri: string }[]> {
    if (ids.length === 0) return [];
    const request = { id: [...ids], only_fields: ['id', 'uri'], page: 0, page_size: ids.length };
    const { models = [] } = await this.#read('models.get_all', request);
    return models.flatMap(({ id, uri }) => (id && uri ? [{ id, uri }] : []));
  }

  async singleValues(task: string): Promise<{ metric: string; variant: string; value: number }[]> {
    const answer = (await this.#read('events.get_task_single_value_metrics', {
      tasks: [task],
    })) as SingleValues;
    return answer.tasks?.flatMap(({ values = [] }) => values) ?? [];
  }

  /** Makes the clone of a placement as a draft and answers its id. */
  async clone(placement: Placement): Promise<string> {
    const { template: task, name, comment, tags, project, hyperparams, container } = placement;
    const { id } = await this.#client.call('tasks.clone', {
      task,
      new_task_name: name,
      new_task_comment: comment,
      new_task_tags: tags,
      new_task_hyperparams: hyperparams,
      new_task_container: container,
      ...(project && { new_project_name: project }),
    });
    if (!id) throw new SyntaxError('tasks.clone answered without an id');
    return id;
  }

  async enqueue(task: string, queue: string): Promise<void> {
    await this.#client.call('tasks.enqueue', { task, queue, status_reason: 'called through the gateway' });
  }

  async moveToFront(task: string, queue: string): Promise<void> {
    await this.#client.call('queues.move_task_to_front', { task, queue });
  }

  async dequeue(task: string, reason: string): Promise<void> {
    await this.#client.call('tasks.dequeue', { task, status_reason: reason, remove_from_all_queues: true });
  }

  /** Asks the agent to stop. */
  async stop(task: string, reason: string): Promise<void> {
    await this.#client.call('tasks.stop', { task, status_reason: reason });
  }

  async delete(task: string): Promise<void> {
    await this.#client.call('tasks.delete', { task, force: true });
  }

  async #read<Name extends EndpointName>(
    name: Name,
    request: AllEndpoints[Name]['request'],
  ): Promise<AllEndpoints[Name]['response']> {
    try {
      return await this.#client.call(name, request);
    } catch (error) {
      // Who waited for all of the time-out should not wait for it twice.
      if (!isOutage(error) || (error as Error).name === 'TimeoutError') throw error;
      await sleep(retryMs);
      return this.#client.call(name, request);
    }
  }
}

/** The protocol's schema leaves this answer open. */
interface SingleValues {
  tasks?: { task: string; values?: { metric: string; variant: string; value: number }[] }[];
}
