import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { newId } from '../src/platform/ids.ts';
import { createTestApi, type TestApi } from './api.ts';
import { apply, type Command, type Forceable, type World } from './task-machine.ts';

/** One seed, so that a failure can be repeated; another one looks elsewhere. */
const seed = Number(process.env.TEST_FUZZ_SEED ?? 20260101);
const slots = 2;
const queueCount = 2;

let api: TestApi;
beforeAll(async () => {
  api = await createTestApi();
});
afterAll(() => api.close());

const task = fc.nat(slots - 1);
const queue = fc.nat(queueCount - 1);
const forceable = fc.constantFrom<Forceable>(
  'edit',
  'started',
  'stopped',
  'failed',
  'completed',
  'close',
  'publish',
  'reset',
  'delete',
);
const plain = fc.constantFrom('dequeue' as const, 'stop' as const, 'archive' as const, 'unarchive' as const);

// Creating and queueing more often than the rest, or most commands would meet an empty slot or an empty queue.
const commands: fc.Arbitrary<Command[]> = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: fc.record({ call: fc.constant('create' as const), task }) },
    { weight: 5, arbitrary: fc.record({ call: fc.constant('enqueue' as const), task, queue }) },
    { weight: 2, arbitrary: fc.record({ call: fc.constant('next' as const), queue }) },
    { weight: 4, arbitrary: fc.record({ call: plain, task }) },
    { weight: 9, arbitrary: fc.record({ call: forceable, task, force: fc.boolean() }) },
  ),
  { minLength: 20, maxLength: 40, size: 'max' },
);

it('tasks and queues do what the model of the protocol says, whatever is called in whatever order', async () => {
  await fc.assert(
    fc.asyncProperty(commands, async (sequence) => {
      const server = await Server.create();
      const queues = Array.from({ length: queueCount }, () => []);
      const world: World = { tasks: Array(slots).fill(undefined), queues };
      for (const command of sequence) {
        const expected = apply(world, command);
        expect(await server.send(command), JSON.stringify(command)).toEqual(expected);
        expect(await server.state(), `after ${JSON.stringify(command)}`).toEqual(stateOf(world));
      }
    }),
    { numRuns: 40, seed },
  );
}, 300_000);

interface State {
  statuses: (string | undefined)[];
  archived: boolean[];
  queues: number[][];
}

function stateOf({ tasks, queues }: World): State {
  return {
    statuses: tasks.map((each) => each?.status),
    archived: tasks.map((each) => each?.archived ?? false),
    queues,
  };
}

/** The real thing behind the same words: slots stand for ids. */
class Server {
  // A slot without a task names one that does not exist.
  readonly #tasks: string[] = Array.from({ length: slots }, newId);
  readonly #exists: boolean[] = Array(slots).fill(false);
  #queues: string[] = [];

  static async create(): Promise<Server> {
    const server = new Server();
    for (let index = 0; index < queueCount; index++) {
      server.#queues.push((await api.ok('queues.create', { name: `machine ${newId()}` })).id);
    }
    return server;
  }

  async send(command: Command): Promise<{ code: string; given?: number | undefined }> {
    if (command.call === 'next') {
      const { code, data } = await api.call('queues.get_next_task', { queue: this.#queues[command.queue] });
      return { code, given: data.entry && this.#tasks.indexOf(data.entry.task) };
    }
    if (command.call === 'create') return this.#create(command.task);
    const id = this.#tasks[command.task];
    const { code, data } = await api.call(...this.#request(command, id));
    const [refused] = data.failed ?? [];
    if (refused) return { code: refused.error.codes.join('/') };
    if (command.call === 'delete' && code === '200/0') this.#exists[command.task] = false;
    return { code };
  }

  async #create(slot: number): Promise<{ code: string }> {
    if (this.#exists[slot]) return { code: '200/0' };
    const { code, data } = await api.call('tasks.create', { name: 'machine', type: 'training' });
    this.#tasks[slot] = data.id;
    this.#exists[slot] = true;
    return { code };
  }

  #request(command: Exclude<Command, { call: 'next' | 'create' }>, task?: string): [string, object] {
    switch (command.call) {
      case 'enqueue':
        return ['tasks.enqueue', { task, queue: this.#queues[command.queue] }];
      case 'archive':
        return ['tasks.archive', { tasks: [task] }];
      case 'edit':
        return ['tasks.edit', { task, force: command.force, comment: 'changed' }];
      case 'dequeue':
      case 'stop':
        return [`tasks.${command.call}`, { task }];
      case 'unarchive':
        return ['tasks.unarchive_many', { ids: [task] }];
      default:
        return [`tasks.${command.call}`, { task, force: command.force }];
    }
  }

  async state(): Promise<State> {
    const { tasks } = await api.ok('tasks.get_all', {
      id: this.#tasks,
      only_fields: ['status', 'system_tags'],
    });
    const { queues } = await api.ok('queues.get_all', { id: this.#queues });
    const found = this.#tasks.map((id) => tasks.find((each: { id: string }) => each.id === id));
    return {
      statuses: found.map((each) => each?.status),
      archived: found.map((each) => each?.system_tags.includes('archived') ?? false),
      queues: this.#queues.map((id) => this.#entries(queues, id)),
    };
  }

  #entries(queues: { id: string; entries: { task: string }[] }[], id: string): number[] {
    const entries = queues.find((each) => each.id === id)?.entries ?? [];
    return entries.map((entry) => this.#tasks.indexOf(entry.task));
  }
}
