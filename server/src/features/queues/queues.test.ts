import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestApi, type TestApi } from '../../../test/api.ts';

let api: TestApi;
beforeAll(async () => {
  api = await createTestApi();
});
afterAll(() => api.close());

let counter = 0;
const newQueue = async (): Promise<string> =>
  (await api.ok('queues.create', { name: `queue ${counter++}` })).id;
const newTask = async (): Promise<string> =>
  (await api.ok('tasks.create', { name: 'queued task', type: 'training' })).id;
const status = async (task: string) => (await api.ok('tasks.get_by_id', { task })).task.status;
const next = async (queue: string, more: object = {}) =>
  (await api.ok('queues.get_next_task', { queue, ...more })).entry?.task;

describe('a queue', () => {
  it('gives its tasks in the order they came, then nothing', async () => {
    const queue = await newQueue();
    const tasks = [await newTask(), await newTask(), await newTask()];
    for (const task of tasks)
      expect(await api.ok('tasks.enqueue', { task, queue })).toMatchObject({ queued: 1, updated: 1 });
    expect(await api.ok('queues.get_num_entries', { queue })).toEqual({ num: 3 });
    const { entries } = (await api.ok('queues.get_by_id', { queue })).queue;
    expect(entries.map((entry: { task: string }) => entry.task)).toEqual(tasks);
    expect([await next(queue), await next(queue), await next(queue)]).toEqual(tasks);
    expect(await api.ok('queues.get_next_task', { queue })).toEqual({});
  });

  it('gives a named task only from its head', async () => {
    const queue = await newQueue();
    const [first, second] = [await newTask(), await newTask()];
    for (const task of [first, second]) await api.ok('tasks.enqueue', { task, queue });
    expect(await next(queue, { task: second })).toBeUndefined();
    expect(await next(queue, { task: first })).toBe(first);
  });

  it('is found by id only, so that clients fall back to names', async () => {
    expect((await api.call('queues.get_by_id', { queue: 'default' })).code).toBe('400/701');
    const { queues } = await api.ok('queues.get_all', { name: '^default$' });
    expect(queues).toHaveLength(1);
    expect(await api.ok('queues.get_default', {})).toEqual({ id: queues[0].id, name: 'default' });
  });

  it('has a name of its own with three letters at least', async () => {
    expect((await api.call('queues.create', { name: 'default' })).code).toBe('400/801');
    expect((await api.call('queues.create', { name: 'ab' })).code).toBe('400/12');
  });

  it('lets a task be removed once', async () => {
    const [queue, task] = [await newQueue(), await newTask()];
    await api.ok('tasks.enqueue', { task, queue });
    expect(await api.ok('queues.remove_task', { queue, task })).toEqual({ removed: 1 });
    expect((await api.call('queues.remove_task', { queue, task })).code).toBe('400/703');
  });
});

describe('enqueue and dequeue', () => {
  it('goes to the default queue, to a named one, or makes it', async () => {
    const task = await newTask();
    const { fields } = await api.ok('tasks.enqueue', { task });
    expect(fields['execution.queue']).toBe((await api.ok('queues.get_default', {})).id);
    await api.ok('tasks.enqueue', { task, queue_name: 'made on the way' });
    const made = (await api.ok('queues.get_all', { name: 'made on' })).queues[0];
    expect(made.entries).toHaveLength(1);
    expect(await api.ok('queues.get_num_entries', { queue: fields['execution.queue'] })).toEqual({ num: 0 });
  });

  it('takes back the status of before', async () => {
    const task = await newTask();
    await api.ok('tasks.enqueue', { task });
    expect(await status(task)).toBe('queued');
    expect(await api.ok('tasks.dequeue', { task })).toMatchObject({ dequeued: 1, updated: 1 });
    expect(await status(task)).toBe('created');
    expect(await api.ok('tasks.dequeue', { task })).toMatchObject({ updated: 0 });
  });

  it('drops the development tag, as the SDK expects of execute_remotely', async () => {
    const { id: task } = await api.ok('tasks.create', {
      name: 'remote',
      type: 'training',
      system_tags: ['development'],
    });
    await api.ok('tasks.started', { task });
    await api.ok('tasks.completed', { task });
    await api.ok('tasks.stopped', { task, force: true });
    await api.ok('tasks.enqueue', { task });
    expect((await api.ok('tasks.get_by_id', { task })).task).toMatchObject({
      status: 'queued',
      system_tags: [],
    });
  });

  it('refuses what cannot be queued', async () => {
    const task = await newTask();
    await api.ok('tasks.started', { task });
    expect((await api.call('tasks.enqueue', { task })).code).toBe('400/121');
    expect((await api.call('tasks.enqueue', { task: 'f'.repeat(32) })).code).toBe('400/101');
    expect((await api.call('tasks.enqueue', { task: await newTask(), queue: 'f'.repeat(32) })).code).toBe(
      '400/701',
    );
  });
});

describe('waiting for a task', () => {
  it('answers at once when there is one', async () => {
    const [queue, task] = [await newQueue(), await newTask()];
    await api.ok('tasks.enqueue', { task, queue });
    expect(await api.ok('queues.wait_for_task', { queues: [queue], timeout: 30 })).toEqual({ ready: true });
  });

  it('answers when one comes, and not for other queues', async () => {
    const [queue, other] = [await newQueue(), await newQueue()];
    const waiting = api.ok('queues.wait_for_task', { queues: [queue], timeout: 30 });
    await api.ok('tasks.enqueue', { task: await newTask(), queue: other });
    await api.ok('tasks.enqueue', { task: await newTask(), queue });
    expect(await waiting).toEqual({ ready: true });
  });

  it('answers in the end when none comes', async () => {
    const queues = [await newQueue()];
    expect(await api.ok('queues.wait_for_task', { queues, timeout: 0.2 })).toEqual({ ready: false });
  });
});
