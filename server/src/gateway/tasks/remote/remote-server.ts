import { setTimeout as sleep } from 'node:timers/promises';
import {
  type AllEndpoints,
  type ClearmlClient,
  createClearmlClient,
  type EndpointName,
} from '@arno/protocol/clearml';
import { Circuit, CircuitOpen, type CircuitOptions } from './circuit.ts';
import { isOutage, isRefusal, isSilence } from './outages.ts';
import type { Placement } from './placement.ts';

export type RemoteTask = NonNullable<AllEndpoints['tasks.get_all']['response']['tasks']>[number];

export interface RemoteServerOptions {
  /** Address of the API, without a slash at its end. */
  api: string;
  accessKey: string;
  secretKey: string;
  /** Milliseconds until one request is given up. */
  timeoutMs?: number;
  /** Of the pauses between probes while the server gives no answer. */
  circuit?: Pick<CircuitOptions, 'firstMs' | 'longestMs'>;
  /** Told when the server answers again. */
  onBack?: () => void;
}

const defaultTimeoutMs = 10_000;
/** Pause before a read is tried once more. */
const retryMs = 250;
/** Tasks named in one request. */
const tasksPerRequest = 500;
/** Of `queues.get_all`, which every server then answers quickly. */
const oneQueue = { only_fields: ['id'], page: 0, page_size: 1 };
/** Entries of a queue that are looked through for a place in it. */
const maxEntries = 10_000;

/**
 * A ClearML server over its API alone. Reads are tried twice when a connection broke, because that does no harm to them; what
 * changes something is tried once. While the server gives no answer nothing is asked. Errors are `CircuitOpen` then, and otherwise
 * those of the client: `ClearmlApiError`, or what fetch throws.
 */
export class RemoteServer {
  readonly #client: ClearmlClient;
  readonly #circuit: Circuit;

  constructor({
    api,
    accessKey,
    secretKey,
    circuit,
    onBack,
    timeoutMs = defaultTimeoutMs,
  }: RemoteServerOptions) {
    const client = createClearmlClient({
      ...{ baseUrl: api, credentials: { accessKey, secretKey } },
      timeout: timeoutMs,
    });
    this.#client = client;
    const probe = () => client.call('queues.get_all', oneQueue);
    this.#circuit = new Circuit({ ...circuit, probe, isSilence, onBack });
  }

  close(): void {
    this.#circuit.close();
  }

  /** A bearer token, which the remote file server takes too. */
  async token(): Promise<string> {
    return (await this.#circuit.run(() => this.#client.token())) ?? '';
  }

  /** Whether it answers and knows our key pair; throws what is wrong. */
  async ping(): Promise<void> {
    await this.#ask('queues.get_all', oneQueue);
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

  /** Tasks with a text in their name or id, the last changed first. */
  async searchTasks(text: string, fields: readonly string[], limit: number): Promise<RemoteTask[]> {
    const request = {
      _any_: { pattern: patternOf(text), fields: ['name', 'id'] },
      only_fields: ['id', ...fields],
      order_by: ['-last_update'],
      page: 0,
      page_size: limit,
    };
    return (await this.#read('tasks.get_all', request)).tasks ?? [];
  }

  /** Names of queues with a text in them. */
  async searchQueues(text: string, limit: number): Promise<string[]> {
    const request = {
      name: patternOf(text),
      only_fields: ['name'],
      order_by: ['name'],
      page: 0,
      page_size: limit,
    };
    const { queues = [] } = await this.#read('queues.get_all', request);
    return queues.flatMap(({ name }) => name ?? []);
  }

  /** A queue by its whole name. */
  async findQueue(name: string): Promise<{ id: string; name: string } | undefined> {
    const request = {
      name: `^${patternOf(name)}$`,
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
    const { id } = await this.#ask('tasks.clone', {
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
    await this.#ask('tasks.enqueue', { task, queue, status_reason: 'called through the gateway' });
  }

  async moveToFront(task: string, queue: string): Promise<void> {
    await this.#ask('queues.move_task_to_front', { task, queue });
  }

  /** Takes a task out of its queue, or asks its agent to stop; one that does neither wait nor run stays as it is. */
  async cancel(id: string, reason: string): Promise<void> {
    const task = await this.findTask(id, ['status']);
    try {
      if (task?.status === 'queued') await this.#dequeue(id, reason);
      else if (task?.status === 'in_progress') await this.#stop(id, reason);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      // It began or ended in between: what it is now counts.
      const now = await this.findTask(id, ['status']);
      if (now?.status === 'in_progress') await this.#stop(id, reason);
    }
  }

  async #dequeue(task: string, reason: string): Promise<void> {
    await this.#ask('tasks.dequeue', { task, status_reason: reason, remove_from_all_queues: true });
  }

  async #stop(task: string, reason: string): Promise<void> {
    await this.#ask('tasks.stop', { task, status_reason: reason });
  }

  async delete(task: string): Promise<void> {
    await this.#ask('tasks.delete', { task, force: true });
  }

  async #read<Name extends EndpointName>(
    name: Name,
    request: AllEndpoints[Name]['request'],
  ): Promise<AllEndpoints[Name]['response']> {
    try {
      return await this.#ask(name, request);
    } catch (error) {
      // Who waited for all of the time-out should not wait for it twice.
      const isFinal = error instanceof CircuitOpen || (error as Error).name === 'TimeoutError';
      if (isFinal || !isOutage(error)) throw error;
      await sleep(retryMs);
      return this.#ask(name, request);
    }
  }

  #ask<Name extends EndpointName>(
    name: Name,
    request: AllEndpoints[Name]['request'],
  ): Promise<AllEndpoints[Name]['response']> {
    return this.#circuit.run(() => this.#client.call(name, request));
  }
}

/** The protocol matches texts by a regular expression. */
function patternOf(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

/** The protocol's schema leaves this answer open. */
interface SingleValues {
  tasks?: { task: string; values?: { metric: string; variant: string; value: number }[] }[];
}
