import type { Kysely } from 'kysely';
import type { Scope } from '../../../clearml/endpoint.ts';
import type { TaskSource } from '../../../features/mappings/index.ts';
import type { Logger } from '../../../platform/log.ts';
import type { PeriodicWork } from '../../../platform/periodic.ts';
import type { DB } from '../../../platform/schema.ts';
import { insertCallRows } from '../../enqueue/call-rows.ts';
import { GatewayError } from '../../errors.ts';
import { findClone } from '../find-clone.ts';
import type { Accept, PoolScope, TaskBackend, TaskOrder, TaskState } from '../task-backend.ts';
import { writeAccepted } from '../write-accepted.ts';
import { Following, type FollowingOptions } from './following.ts';
import { cancelOrder, insertOrder, isToBeQueued } from './orders.ts';
import { asRefusal, isOutage } from './outages.ts';
import { placementOf, templateFields } from './placement.ts';
import { Placing } from './placing.ts';
import { maxQueues, taskChoices } from './remote-choices.ts';
import { RemoteFiles } from './remote-files.ts';
import { RemoteServer, type RemoteServerOptions, type RemoteTask } from './remote-server.ts';
import { glanceAt, stateFields, taskState } from './remote-state.ts';

export interface RemoteTasksOptions extends RemoteServerOptions {
  /** Address of the remote's file server, the only one that results are read from; undefined reads none. */
  files: string | undefined;
  db: Kysely<DB>;
  log: Logger;
  /** The number of this server; see platform/presence.ts. */
  server: number;
  settleMs?: number;
  everyMs?: FollowingOptions['everyMs'];
}

/** Tasks on another ClearML server, over its API alone. They belong to the account of the key pair. */
export class RemoteTasks implements TaskBackend {
  readonly #options: RemoteTasksOptions;
  readonly #server: RemoteServer;
  readonly #placing: Placing;
  readonly #following: Following;
  /** Results, read with the same key pair. */
  readonly files: RemoteFiles;

  constructor({ files, settleMs, everyMs, ...options }: RemoteTasksOptions) {
    const { db, log } = options;
    const server = new RemoteServer({ ...options, onBack: () => this.#following.back() });
    this.#options = { ...options, files };
    this.#server = server;
    this.#placing = new Placing({ db, log, server, ...(settleMs !== undefined && { settleMs }) });
    this.#following = new Following({ db, log, server, placing: this.#placing, ...(everyMs && { everyMs }) });
    this.files = new RemoteFiles(files, server, log);
  }

  /** Keeps the log equal to the remote. */
  get work(): PeriodicWork {
    return this.#following.work;
  }

  /** What mappings are checked against. */
  get source(): TaskSource {
    const server = this.#server;
    return {
      findTask: async (_scope, id) => {
        const task = await this.#ask(() => server.findTask(id, ['name']));
        return task && { id, name: task.name ?? id };
      },
      findQueue: async (_scope, name) => this.#ask(() => server.findQueue(name)),
      namesOf: (ids) => this.#namesOf(ids),
      searchTasks: (_scope, { text }) => this.#ask(() => taskChoices(server, text)),
      searchQueues: (_scope, text) => this.#ask(() => server.searchQueues(text, maxQueues)),
    };
  }

  /** A list is shown without names while the remote is away. */
  async #namesOf(ids: readonly string[]): Promise<Map<string, string>> {
    const tasks = await this.#server.findTasks(ids, ['name']).catch((error) => {
      if (!isOutage(error)) throw error;
      return new Map<string, RemoteTask>();
    });
    return new Map([...tasks].map(([id, { name = id }]) => [id, name]));
  }

  /** `ok`, or what was wrong with the remote when it was last asked. */
  get health(): string {
    return this.#following.health;
  }

  async enqueue<Answer>(scope: PoolScope, order: TaskOrder, accept: Accept<Answer>): Promise<Answer> {
    const { db, server } = this.#options;
    const { queue, placement } = await this.#prepare(order, scope.now);
    const { rows, answer } = accept({ name: placement.name, queue });
    const placed = insertOrder(order.callId, placement, server);
    await writeAccepted(db, order.callId, [...insertCallRows([rows]), placed]);
    await this.#placing.place(order.callId, placement);
    this.#following.hurry();
    return answer;
  }

  /** Finds out whether the order can be carried out, before anything is written. */
  async #prepare(order: TaskOrder, now: Date) {
    const [template, queue] = await this.#ask(() =>
      Promise.all([
        this.#server.findTask(order.template, templateFields),
        this.#server.findQueue(order.queue),
      ]),
    );
    if (!template)
      throw new GatewayError('unknown_public_id', 'the task behind this public id no longer exists');
    if (!queue) throw new GatewayError('unknown_queue', `queue: there is no queue ${order.queue}`);
    return { queue: queue.name, placement: placementOf(order, template, queue.id, now) };
  }

  async find({ db }: Scope, id: string): Promise<TaskState | undefined> {
    // Before the task: read after it, the order could be closed already and the draft be taken for one that was queued once.
    const isOpen = await isToBeQueued(db, id);
    return this.#ask(async () => {
      const task = await this.#server.findTask(id, stateFields);
      return task && taskState(this.#server, id, task, isOpen);
    });
  }

  /** Without news while the remote is away. */
  async glance(_scope: Scope, ids: readonly string[]): Promise<Map<string, string>> {
    return glanceAt(this.#server, ids).catch((error) => {
      if (!isOutage(error)) throw error;
      return new Map();
    });
  }

  async cancel(_scope: PoolScope, callId: string, reason: string): Promise<void> {
    const { db } = this.#options;
    const isOpen = await cancelOrder(db, callId, reason);
    const cloneId = isOpen ? undefined : await findClone(db, callId);
    if (cloneId !== undefined) await this.#ask(() => this.#server.cancel(cloneId, reason));
    this.#following.hurry();
  }

  close(): void {
    this.#server.close();
  }

  async #ask<Result>(work: () => Promise<Result>): Promise<Result> {
    return work().catch((error) => {
      throw asRefusal(error);
    });
  }
}
