import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestApi, type TestApi } from '../../../test/api.ts';

let api: TestApi;
beforeAll(async () => {
  api = await createTestApi();
});
afterAll(() => api.close());

let counter = 0;
const newQueue = async (): Promise<string> =>
  (await api.ok('queues.create', { name: `given ${counter++}` })).id;
const newTask = async (): Promise<string> =>
  (await api.ok('tasks.create', { name: 'given task', type: 'training' })).id;
const queued = async (queue: string, length = 1) => {
  const tasks: string[] = [];
  for (let index = 0; index < length; index++) {
    const task = await newTask();
    await api.ok('tasks.enqueue', { task, queue });
    tasks.push(task);
  }
  return tasks;
};
const next = async (queue: string): Promise<string | undefined> =>
  (await api.ok('queues.get_next_task', { queue })).entry?.task;
const length = async (queue: string): Promise<number> =>
  (await api.ok('queues.get_num_entries', { queue })).num;
/** Lets the minute pass in which an agent may start what it was given. */
const letHoldsRunOut = (queue: string) =>
  sql`UPDATE queue_entries SET held_until = now() WHERE queue_id = ${queue} AND held_until IS NOT NULL`.execute(
    api.database.db,
  );

describe('a task that an agent was given', () => {
  it('is out of the queue for everybody', async () => {
    const queue = await newQueue();
    const [task] = await queued(queue);
    expect(await next(queue)).toBe(task);
    expect(await length(queue)).toBe(0);
    expect(await api.ok('queues.peek_task', { queue })).toEqual({});
    expect((await api.ok('queues.get_by_id', { queue })).queue.entries).toEqual([]);
    expect((await api.call('queues.remove_task', { queue, task })).code).toBe('400/703');
    expect(await next(queue)).toBeUndefined();
  });

  it('comes back to the head when it is not started', async () => {
    const queue = await newQueue();
    const [first, second] = await queued(queue, 2);
    expect(await next(queue)).toBe(first);
    await letHoldsRunOut(queue);
    expect(await length(queue)).toBe(2);
    expect([await next(queue), await next(queue)]).toEqual([first, second]);
  });

  it.each(['started', 'stop', 'reset', 'dequeue'])('never comes back after tasks.%s', async (action) => {
    const queue = await newQueue();
    const [task] = await queued(queue);
    await next(queue);
    await api.ok(`tasks.${action}`, { task, force: true });
    await letHoldsRunOut(queue);
    expect(await next(queue)).toBeUndefined();
  });

  it('goes to no second agent when it is started late', async () => {
    const queue = await newQueue();
    const [task] = await queued(queue);
    await next(queue);
    await letHoldsRunOut(queue);
    await api.ok('tasks.started', { task, force: true });
    expect(await next(queue)).toBeUndefined();
  });

  it('wakes a waiting agent when it comes back', async () => {
    const queue = await newQueue();
    const [task] = await queued(queue);
    await next(queue);
    await sql`UPDATE queue_entries SET held_until = now() + interval '300 ms' WHERE task_id = ${task}`.execute(
      api.database.db,
    );
    expect(await api.ok('queues.wait_for_task', { queues: [queue], timeout: 30 })).toEqual({ ready: true });
  });
});

describe('fifty agents over HTTP', () => {
  /** One call over a connection of its own, as the SDK makes them. */
  async function post(name: string, request: object): Promise<{ entry?: { task: string }; num?: number }> {
    const response = await fetch(`${url}/${name}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(request),
      signal: AbortSignal.timeout(60_000),
    });
    const { meta, data } = (await response.json()) as { meta: { result_msg: string }; data: object };
    if (!response.ok) throw new Error(`${name}: ${meta.result_msg}`);
    return data;
  }
  let url: string;
  let token: string;
  beforeAll(async () => {
    ({ url, token } = await api.listen());
  });

  /** Takes and starts tasks while there are any; `dies` tells whether the agent ends with what it was just given. */
  async function agent(queue: string, started: string[], dies: () => boolean = () => false): Promise<void> {
    // Others may lock the head for a moment, so an empty answer is believed only when the queue is empty.
    while ((await post('queues.get_num_entries', { queue })).num) {
      const { entry } = await post('queues.get_next_task', { queue });
      if (!entry) continue;
      if (dies()) return;
      started.push(entry.task);
      await post('tasks.started', { task: entry.task, status_message: 'pulled by agent', force: true });
    }
  }
  const fifty = (work: () => Promise<void>) => Promise.all(Array.from({ length: 50 }, work));

  it('never get one task twice, and lose none', async () => {
    const queue = await newQueue();
    const tasks = await queued(queue, 120);
    const started: string[] = [];
    await fifty(() => agent(queue, started));
    expect(started.sort()).toEqual([...tasks].sort());
  });

  it('get none twice while others enqueue', async () => {
    const queue = await newQueue();
    const tasks = await queued(queue, 20);
    const started: string[] = [];
    const enqueueing = queued(queue, 60);
    const [more] = await Promise.all([enqueueing, fifty(() => agent(queue, started))]);
    await fifty(() => agent(queue, started));
    expect(started.sort()).toEqual([...tasks, ...more].sort());
  });

  it('lose none although many die with their second task, before they have started it', async () => {
    const queue = await newQueue();
    const tasks = await queued(queue, 120);
    const started: string[] = [];
    let deaths = 0;
    await fifty(() => {
      let given = 0;
      return agent(queue, started, () => ++given === 2 && ++deaths > 0);
    });
    expect(deaths).toBeGreaterThan(0);
    expect(started.length).toBeLessThan(tasks.length);
    await letHoldsRunOut(queue);
    await fifty(() => agent(queue, started));
    expect(started.sort()).toEqual([...tasks].sort());
  });
});
