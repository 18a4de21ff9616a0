import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestApi, type TestApi } from '../../../test/api.ts';
import { enqueueTask, queuePosition } from './index.ts';

let api: TestApi;
beforeAll(async () => {
  api = await createTestApi();
});
afterAll(() => api.close());

let counter = 0;
const newQueue = async (more: object = {}): Promise<string> =>
  (await api.ok('queues.create', { name: `order ${counter++}`, ...more })).id;
const newTask = async (): Promise<string> =>
  (await api.ok('tasks.create', { name: 'queued task', type: 'training' })).id;
const task = async (id: string) => (await api.ok('tasks.get_by_id', { task: id })).task;
const waiting = async (queue: string): Promise<string[]> =>
  (await api.ok('queues.get_by_id', { queue })).queue.entries.map((entry: { task: string }) => entry.task);
const filled = async (length: number) => {
  const queue = await newQueue();
  const tasks: string[] = [];
  for (let index = 0; index < length; index++) {
    tasks.push(await newTask());
    await api.ok('tasks.enqueue', { task: tasks[index], queue });
  }
  return { queue, tasks };
};

describe('places in a queue', () => {
  it('change by steps, and not beyond the ends', async () => {
    const { queue, tasks } = await filled(4);
    const [a, b, c, d] = tasks;
    const move = async (how: string, id: string | undefined, more: object = {}) =>
      (await api.ok(`queues.move_task_${how}`, { queue, task: id, ...more })).position;
    expect(await move('forward', c)).toBe(1);
    expect(await waiting(queue)).toEqual([a, c, b, d]);
    expect(await move('backward', a, { count: 2 })).toBe(2);
    expect(await waiting(queue)).toEqual([c, b, a, d]);
    expect(await move('forward', b, { count: 99 })).toBe(0);
    expect(await move('backward', b, { count: 99 })).toBe(3);
    expect(await waiting(queue)).toEqual([c, a, d, b]);
    expect(await move('to_front', d)).toBe(0);
    expect(await move('to_back', c)).toBe(3);
    expect(await waiting(queue)).toEqual([d, a, b, c]);
    expect(await move('backward', d, { count: -5 })).toBe(0);
  });

  it('do not move for what does not wait there', async () => {
    const { queue } = await filled(1);
    const request = { queue, task: await newTask() };
    for (const how of ['forward', 'backward', 'to_front', 'to_back'])
      expect((await api.call(`queues.move_task_${how}`, request)).code).toBe('400/703');
    expect((await api.call('queues.move_task_to_back', { ...request, queue: 'f'.repeat(32) })).code).toBe(
      '400/701',
    );
  });

  it('stay a permutation when many move at once', async () => {
    const { queue, tasks } = await filled(6);
    const moves = tasks.flatMap((id, index) => [
      api.ok('queues.move_task_to_front', { queue, task: id }),
      api.ok('queues.move_task_backward', { queue, task: id, count: index }),
    ]);
    await Promise.all(moves);
    expect((await waiting(queue)).sort()).toEqual([...tasks].sort());
    const { rows } = await sql<{ places: number }>`
      SELECT count(DISTINCT position) AS places FROM queue_entries WHERE queue_id = ${queue}`.execute(
      api.database.db,
    );
    expect(rows[0]?.places).toBe(6);
  });
});

describe('enqueueing again', () => {
  it('leaves a waiting task where it is', async () => {
    const { queue, tasks } = await filled(2);
    const again = await api.ok('tasks.enqueue', { task: tasks[0], queue });
    expect(again).toMatchObject({
      queued: 1,
      updated: 1,
      fields: { status: 'queued', 'execution.queue': queue },
    });
    expect(await waiting(queue)).toEqual(tasks);
  });

  it('does not give a task again that another agent has just been given', async () => {
    const { queue, tasks } = await filled(1);
    await api.call('queues.get_next_task', { queue }, { 'x-clearml-worker': 'machine:1' });
    await api.ok('tasks.enqueue', { task: tasks[0], queue });
    expect(await api.ok('queues.get_next_task', { queue })).toEqual({});
  });

  it('is how an agent gives a task back', async () => {
    const { queue, tasks } = await filled(1);
    const worker = { 'x-clearml-worker': 'machine:1' };
    await api.call('queues.get_next_task', { queue }, worker);
    await api.call('tasks.enqueue', { task: tasks[0], queue }, worker);
    expect(await waiting(queue)).toEqual(tasks);
  });

  it('makes a named queue once, also at once', async () => {
    const tasks = await Promise.all(Array.from({ length: 6 }, newTask));
    await Promise.all(tasks.map((id) => api.ok('tasks.enqueue', { task: id, queue_name: 'together' })));
    const { queues } = await api.ok('queues.get_all', { name: '^together$' });
    expect(queues).toHaveLength(1);
    expect(queues[0].entries).toHaveLength(6);
  });

  it('leaves execution.queue alone when told', async () => {
    const id = await newTask();
    const { fields } = await api.ok('tasks.enqueue', {
      task: id,
      queue: await newQueue(),
      update_execution_queue: false,
    });
    expect(fields).not.toHaveProperty('execution.queue');
    expect((await task(id)).execution).not.toHaveProperty('queue');
  });
});

describe('many at once', () => {
  it('are queued, each with its own fate', async () => {
    const [queue, running, good] = [await newQueue(), await newTask(), await newTask()];
    await api.ok('tasks.started', { task: running });
    const unknown = 'f'.repeat(32);
    const request = { ids: [running, good, unknown], queue, verify_watched_queue: true };
    const answer = await api.ok('tasks.enqueue_many', request);
    expect(answer.queue_watched).toBe(false);
    expect(answer.succeeded).toMatchObject([
      { id: good, updated: 1, queued: true, fields: { status: 'queued' } },
    ]);
    expect(answer.failed).toMatchObject([
      { id: running, error: { codes: [400, 121] } },
      { id: unknown, error: { codes: [400, 101] } },
    ]);
    expect(await waiting(queue)).toEqual([good]);
    expect((await api.call('tasks.enqueue_many', { ids: [good], queue: unknown })).code).toBe('400/701');
  });

  it('are dequeued', async () => {
    const { queue, tasks } = await filled(2);
    const { succeeded, failed } = await api.ok('tasks.dequeue_many', { ids: tasks, new_status: 'stopped' });
    expect(succeeded).toMatchObject(tasks.map((id) => ({ id, dequeued: true, updated: 1 })));
    expect(failed).toEqual([]);
    expect(await waiting(queue)).toEqual([]);
    expect((await task(tasks[0] ?? '')).status).toBe('stopped');
  });

  it('are refused, when that is asked for, without what a run needs', async () => {
    const queue = await newQueue();
    const model = (await api.ok('models.create', { name: 'in work', uri: 'file:///m', ready: false })).id;
    const gone = 'e'.repeat(32);
    const make = async (input: string) => {
      const models = { input: [{ name: 'start', model: input }], output: [] };
      return (await api.ok('tasks.create', { name: 'from a model', type: 'training', models })).id;
    };
    const [draft, lost, good] = [await make(model), await make(gone), await newTask()];
    const request = { ids: [draft, lost, good], queue };
    const answer = await api.ok('tasks.enqueue_many', { ...request, validate_tasks: true });
    expect(answer.succeeded).toMatchObject([{ id: good }]);
    expect(answer.failed).toMatchObject([
      { id: draft, error: { codes: [400, 202] } },
      { id: lost, error: { codes: [400, 201] } },
    ]);
    expect(await waiting(queue)).toEqual([good]);
    expect((await api.ok('tasks.enqueue_many', request)).failed).toEqual([]);
  });

  it('leave the queues that they were added to only when told', async () => {
    const [own, other, id] = [await newQueue(), await newQueue(), await newTask()];
    await api.ok('queues.add_task', { queue: own, task: id });
    await api.ok('queues.add_task', { queue: other, task: id, update_execution_queue: false });
    expect(await api.ok('tasks.dequeue', { task: id })).toMatchObject({ dequeued: 1, updated: 0 });
    expect([await waiting(own), await waiting(other)]).toEqual([[], [id]]);
    await api.ok('queues.add_task', { queue: own, task: id });
    const { succeeded } = await api.ok('tasks.dequeue_many', { ids: [id], remove_from_all_queues: true });
    expect(succeeded).toMatchObject([{ id, dequeued: true }]);
    expect([await waiting(own), await waiting(other)]).toEqual([[], []]);
  });

  it('are not dequeued into nonsense; an unknown task is no error', async () => {
    const { tasks } = await filled(1);
    expect((await api.call('tasks.dequeue', { task: tasks[0], new_status: 'queued' })).code).toBe('400/12');
    expect(await api.ok('tasks.dequeue', { task: 'f'.repeat(32) })).toMatchObject({
      dequeued: 1,
      updated: 0,
    });
  });
});

describe('adding and emptying', () => {
  it('adds a task whatever its status, once', async () => {
    const [queue, id] = [await newQueue(), await newTask()];
    expect(await api.ok('queues.add_task', { queue, task: id })).toEqual({ added: 1 });
    expect((await api.call('queues.add_task', { queue, task: id })).code).toBe('400/706');
    expect((await api.call('queues.add_task', { queue, task: 'f'.repeat(32) })).code).toBe('400/101');
    expect(await api.ok('queues.peek_task', { queue })).toEqual({ task: id });
    expect(await task(id)).toMatchObject({ status: 'created', execution: { queue } });
  });

  it('clears a queue and makes drafts of what was queued', async () => {
    const { queue, tasks } = await filled(2);
    const added = await newTask();
    await api.ok('queues.add_task', { queue, task: added });
    const { removed_tasks: removed } = await api.ok('queues.clear_queue', { queue });
    expect(removed.sort()).toEqual([...tasks, added].sort());
    expect(await api.ok('queues.peek_task', { queue })).toEqual({});
    expect(await task(tasks[0] ?? '')).toMatchObject({
      status: 'created',
      status_reason: expect.stringContaining('cleared'),
    });
  });

  it('removes one and makes a draft of it when told', async () => {
    const { queue, tasks } = await filled(2);
    await api.ok('queues.remove_task', { queue, task: tasks[0], update_task_status: true });
    await api.ok('queues.remove_task', { queue, task: tasks[1] });
    expect((await task(tasks[0] ?? '')).status).toBe('created');
    expect((await task(tasks[1] ?? '')).status).toBe('queued');
  });

  it('deletes a queue with tasks only by force, and leaves none queued nowhere', async () => {
    const { queue, tasks } = await filled(1);
    expect((await api.call('queues.delete', { queue })).code).toBe('400/702');
    expect(await api.ok('queues.delete', { queue, force: true })).toEqual({ deleted: 1 });
    expect((await task(tasks[0] ?? '')).status).toBe('created');
    expect((await api.call('queues.delete', { queue })).code).toBe('400/701');
    expect(await api.ok('queues.delete', { queue: await newQueue() })).toEqual({ deleted: 1 });
  });
});

describe('what is urgent', () => {
  it('goes before what is not, behind what came so earlier, and moves like anything else', async () => {
    const { queue, tasks } = await filled(2);
    const scope = { db: api.database.db, caller: api.installation.admin, now: new Date() };
    const urgent = [await newTask(), await newTask()];
    for (const id of urgent) await enqueueTask(scope, id, { queueId: queue, isUrgent: true });
    const [first, second] = urgent;
    const [a, b] = tasks;
    expect(await waiting(queue)).toEqual([first, second, a, b]);
    expect(await queuePosition(scope, second ?? '')).toBe(1);
    expect(await queuePosition(scope, b ?? '')).toBe(3);
    expect((await api.ok('queues.peek_task', { queue })).task).toBe(first);
    expect((await api.ok('queues.get_next_task', { queue })).entry.task).toBe(first);

    // Places keep their priorities: what comes urgently goes behind the places that are urgent.
    await api.ok('queues.move_task_to_front', { queue, task: b });
    expect(await waiting(queue)).toEqual([b, second, a]);
    const third = await newTask();
    await enqueueTask(scope, third, { queueId: queue, isUrgent: true });
    expect(await waiting(queue)).toEqual([b, third, second, a]);
  });
});
