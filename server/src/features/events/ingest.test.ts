import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestApi, type TestApi } from '../../../test/api.ts';
import { md5 } from '../../platform/ids.ts';

let api: TestApi;
beforeAll(async () => {
  api = await createTestApi();
});
afterAll(() => api.close());

async function newTask(): Promise<string> {
  return (await api.ok('tasks.create', { name: 'a run', type: 'training' })).id;
}

function scalar(task: string, iter: number, value: number, more: object = {}) {
  const event = { type: 'training_stats_scalar', task, metric: 'loss', variant: 'train', iter, value };
  return { ...event, timestamp: 1_700_000_000_000 + iter, method: 'get', ...more };
}

/** What the protocol answers of one series. */
async function lastMetric(task: string, metric = 'loss', variant = 'train') {
  const { task: found } = await api.ok('tasks.get_by_id', { task });
  return found.last_metrics[md5(metric)]?.[md5(variant)];
}

describe('events.add_batch', () => {
  it('keeps the statistics of a series over its batches', async () => {
    const task = await newTask();
    await api.ok('events.add_batch', [scalar(task, 2, 5), scalar(task, 0, 7), scalar(task, 1, 1)]);
    expect(await lastMetric(task)).toEqual({
      metric: 'loss',
      variant: 'train',
      value: 5,
      min_value: 1,
      min_value_iteration: 1,
      max_value: 7,
      max_value_iteration: 0,
      first_value: 7,
      first_value_iteration: 0,
      count: 3,
      mean_value: 4.33,
    });

    // Older iterations, but a later batch: its value is the last one. Equal extremes do not replace the first.
    await api.ok('events.add_batch', [scalar(task, -1, 7), scalar(task, -2, 0.5, { x_axis_label: 'epoch' })]);
    expect(await lastMetric(task)).toEqual({
      metric: 'loss',
      variant: 'train',
      value: 7,
      min_value: 0.5,
      min_value_iteration: -2,
      max_value: 7,
      max_value_iteration: 0,
      first_value: 7,
      first_value_iteration: 0,
      count: 5,
      // (4.33 * 3 + 7.5) / 5
      mean_value: 4.1,
      x_axis_label: 'epoch',
    });
  });

  it('overwrites a point that is reported again, also within one batch', async () => {
    const task = await newTask();
    await api.ok('events.add_batch', [scalar(task, 1, 1), scalar(task, 2, 2), scalar(task, 1, 3)]);
    await api.ok('events.add_batch', [scalar(task, 2, 4)]);
    const { loss } = await api.ok('events.scalar_metrics_iter_histogram', { task });
    expect(loss.train).toEqual({ name: 'train', x: [1, 2], y: [3, 4] });
  });

  it('is harmless when a client that lost the answer sends it again', async () => {
    const task = await newTask();
    const line = {
      type: 'log',
      task,
      timestamp: 1_700_000_000_000,
      level: 'info',
      worker: 'w',
      msg: 'epoch 1',
    };
    const batch = [scalar(task, 1, 1), line, line];
    await Promise.all([api.ok('events.add_batch', batch), api.ok('events.add_batch', batch)]);
    await api.ok('events.add_batch', batch);
    expect((await api.ok('events.get_task_log', { task })).total).toBe(2);
    const { loss } = await api.ok('events.scalar_metrics_iter_histogram', { task });
    expect(loss.train).toEqual({ name: 'train', x: [1], y: [1] });
    await api.ok('events.add_batch', [{ ...line, timestamp: line.timestamp + 1 }]);
    expect((await api.ok('events.get_task_log', { task })).total).toBe(3);
  });

  it('moves the progress and the last update of the task, but not for machine monitors', async () => {
    const task = await newTask();
    const before = (await api.ok('tasks.get_by_id', { task })).task;
    await api.ok('events.add_batch', [
      scalar(task, 40, 1),
      scalar(task, 900, 1, { metric: ':monitor:machine' }),
      scalar(task, 900, 1, { metric: ':monitor:gpu' }),
    ]);
    const after = (await api.ok('tasks.get_by_id', { task })).task;
    expect(after.last_iteration).toBe(40);
    expect(after.last_update > before.last_update).toBe(true);
    await api.ok('events.add_batch', [scalar(task, 10, 1)]);
    expect((await api.ok('tasks.get_by_id', { task })).task.last_iteration).toBe(40);
  });

  it('stores several tasks of one batch each with its own', async () => {
    const [one, two] = [await newTask(), await newTask()];
    const answer = await api.ok('events.add_batch', [scalar(one, 1, 1), scalar(two, 2, 2)]);
    expect(answer).toEqual({ added: 2, errors: 0, errors_info: {} });
    expect((await lastMetric(one)).value).toBe(1);
    expect((await lastMetric(two)).value).toBe(2);
  });

  it('refuses bad events one by one and says why', async () => {
    const task = await newTask();
    const answer = await api.ok('events.add_batch', [
      scalar(task, 1, 1),
      scalar('f'.repeat(32), 1, 1),
      scalar('f'.repeat(32), 2, 1),
      { type: 'training_stats_scalar', value: 1 },
      { type: 'plot', task },
      { type: 'training_debug_image', task, url: '' },
      { type: 'training_stats_vector', task },
      { type: 'movie', task },
      { task },
      scalar(task, 2.5, 1),
      scalar(task, 2 ** 60, 1, { timestamp: 0 }),
      scalar(task, 1, 1, { value: 'high' }),
      scalar(task, 1, 1e39),
      scalar(task, 1, 1, { metric: 7 }),
      scalar(task, 1, 1, { model_event: true }),
    ]);
    expect(answer).toEqual({
      added: 1,
      errors: 14,
      errors_info: {
        [`unknown task ${'f'.repeat(32)}`]: 2,
        'task is missing': 1,
        'plot_str is missing': 1,
        'url is missing': 1,
        'values is not a list': 1,
        'unknown type movie': 1,
        'type is missing': 1,
        'iter 2.5 is not a whole number below 2^53': 1,
        'iter 1152921504606847000 is not a whole number below 2^53': 1,
        'value is not a number': 1,
        'value 1e+39 is beyond a 32-bit float': 1,
        'metric is not text': 1,
        [`unknown model ${task}`]: 1,
      },
    });
  });

  it('answers 400/131 when nothing was added', async () => {
    const answer = await api.call('events.add_batch', [scalar('0'.repeat(32), 1, 1)]);
    expect(answer.code).toBe('400/131');
    expect(answer.message).toContain(`unknown task ${'0'.repeat(32)}`);
    expect((await api.call('events.add_batch', [])).code).toBe('400/17');
  });

  it('writes to a published task only when the event allows it', async () => {
    const task = await newTask();
    await api.ok('tasks.started', { task });
    await api.ok('tasks.completed', { task });
    await api.ok('tasks.publish', { task });
    expect((await api.call('events.add_batch', [scalar(task, 1, 1)])).code).toBe('400/131');
    const answer = await api.ok('events.add_batch', [scalar(task, 1, 1, { allow_locked: true })]);
    expect(answer.added).toBe(1);
  });

  it('takes numbers that a 32-bit float cannot hold, and text that is no text', async () => {
    const task = await newTask();
    const odd = { metric: 'a\ud800', variant: `${'long '.repeat(2000)}'"\\{},NULL` };
    const answer = await api.ok('events.add_batch', [
      scalar(task, 1, 1e-300, odd),
      scalar(task, 2, 0.1, odd),
      { type: 'log', task, msg: 'NULL "quoted" \\ {a,b}\u0000\n', timestamp: 1.7 },
      { type: 'plot', task, metric: odd.metric, variant: odd.variant, plot_str: '{"\ud800":1}' },
    ]);
    expect(answer).toEqual({ added: 4, errors: 0, errors_info: {} });
    const histogram = await api.ok('events.scalar_metrics_iter_histogram', { task });
    expect(histogram['a\ufffd'][odd.variant]).toMatchObject({ x: [1, 2], y: [0, 0.1] });
    const { events } = await api.ok('events.get_task_log', { task });
    expect(events[0]).toMatchObject({ msg: 'NULL "quoted" \\ {a,b}\n', timestamp: 1 });
  });

  it('takes batches for the same tasks at the same time', async () => {
    const tasks = [await newTask(), await newTask(), await newTask()];
    const batches = Array.from({ length: 12 }, (_, batch) => {
      const events = tasks.flatMap((task) => [
        scalar(task, batch, batch),
        scalar(task, batch, 1, { variant: 'b' }),
      ]);
      return api.ok('events.add_batch', batch % 2 ? events.reverse() : events);
    });
    expect(await Promise.all(batches)).toEqual(batches.map(() => ({ added: 6, errors: 0, errors_info: {} })));
    for (const task of tasks) expect((await lastMetric(task)).count).toBe(12);
  });
});

describe('batches that arrive together', () => {
  it('do not fail because of each other', async () => {
    const [one, two, published] = [await newTask(), await newTask(), await newTask()];
    await api.ok('tasks.started', { task: published });
    await api.ok('tasks.completed', { task: published });
    await api.ok('tasks.publish', { task: published });
    const unknown = 'e'.repeat(32);
    const answers = await Promise.all([
      api.call('events.add_batch', [scalar(one, 1, 1)]),
      api.call('events.add_batch', [scalar(unknown, 1, 1)]),
      api.call('events.add_batch', [scalar(two, 1, 1), scalar(unknown, 1, 1), scalar(two, 2, 3)]),
      api.call('events.add_batch', [scalar(published, 1, 1)]),
      api.call('events.add_batch', `${JSON.stringify(scalar(two, 9, 9))}\n{"type":`),
      api.call('events.add_batch', [scalar(one, 2, 5)]),
    ]);
    expect(answers.map(({ code }) => code)).toEqual([
      '200/0',
      '400/131',
      '200/0',
      '400/131',
      '400/12',
      '200/0',
    ]);
    expect(answers[2]?.data).toEqual({
      added: 2,
      errors: 1,
      errors_info: { [`unknown task ${unknown}`]: 1 },
    });
    expect(answers[4]?.message).toContain('line 2');
    expect(await lastMetric(one)).toMatchObject({ max_value: 5, count: 2 });
    expect(await lastMetric(two)).toMatchObject({ value: 3, count: 2 });
  });

  it('count once each, also those of one task', async () => {
    const task = await newTask();
    const values = Array.from({ length: 30 }, (_, index) => index);
    await Promise.all(values.map((value) => api.ok('events.add_batch', [scalar(task, 7, value)])));
    expect(await lastMetric(task)).toMatchObject({ count: 30, min_value: 0, max_value: 29 });
    const { loss } = await api.ok('events.scalar_metrics_iter_histogram', { task });
    expect(loss.train.x).toEqual([7]);
  });

  it('are seen as soon as they are answered', async () => {
    const tasks = await Promise.all(Array.from({ length: 20 }, newTask));
    const seen = tasks.map(async (task, index) => {
      await api.ok('events.add_batch', [scalar(task, 1, index), { type: 'log', task, msg: 'a line' }]);
      return [(await lastMetric(task)).value, (await api.ok('events.get_task_log', { task })).total];
    });
    expect(await Promise.all(seen)).toEqual(tasks.map((_, index) => [index, 1]));
  });
});

describe('a series that was written to before', () => {
  async function reported(): Promise<string> {
    const task = await newTask();
    await api.ok('events.add_batch', [scalar(task, 1, 10), scalar(task, 1, 1, { variant: 'b' })]);
    await api.ok('events.add_batch', [scalar(task, 2, 20)]);
    return task;
  }

  it('begins anew when its events were deleted', async () => {
    const task = await reported();
    await api.ok('events.delete_for_task', { task });
    await api.ok('events.add_batch', [scalar(task, 3, 30)]);
    const { loss } = await api.ok('events.scalar_metrics_iter_histogram', { task });
    expect(loss).toEqual({ train: { name: 'train', x: [3], y: [30] } });
    expect(await lastMetric(task)).toMatchObject({ count: 1, first_value: 30 });
  });

  it('gets points that were stored by others meanwhile only once', async () => {
    const task = await reported();
    await api.ok('events.add', scalar(task, 5, 50));
    await api.ok('events.add_batch', [scalar(task, 4, 40), scalar(task, 5, 55), scalar(task, 6, 60)]);
    const { loss } = await api.ok('events.scalar_metrics_iter_histogram', { task });
    expect(loss.train).toMatchObject({ x: [1, 2, 4, 5, 6], y: [10, 20, 40, 55, 60] });
    expect(await lastMetric(task)).toMatchObject({ count: 6, value: 60 });
  });

  it('is closed when its task was published or deleted', async () => {
    const task = await reported();
    await api.ok('tasks.started', { task });
    await api.ok('tasks.completed', { task });
    await api.ok('tasks.publish', { task });
    expect((await api.call('events.add_batch', [scalar(task, 3, 30)])).code).toBe('400/131');
    const locked = await api.ok('events.add_batch', [scalar(task, 3, 30, { allow_locked: true })]);
    expect(locked.added).toBe(1);
    await api.ok('tasks.delete', { task, force: true });
    expect((await api.call('events.add_batch', [scalar(task, 4, 40)])).code).toBe('400/131');
    const { rows } = await sql`SELECT FROM scalar_series WHERE task_id = ${task}`.execute(api.database.db);
    expect(rows).toEqual([]);
  });
});

it('events.add stores one event', async () => {
  const task = await newTask();
  expect(await api.ok('events.add', scalar(task, 3, 4))).toEqual({ added: 1, errors: 0, errors_info: {} });
  expect((await lastMetric(task)).value).toBe(4);
  expect((await api.call('events.add', scalar('none', 3, 4))).code).toBe('400/131');
});

it('tasks.reset takes the events with it and answers the files of images', async () => {
  const task = await newTask();
  const url = 'http://127.0.0.1:8081/a/b.png';
  await api.ok('events.add_batch', [
    scalar(task, 1, 1),
    { type: 'log', task, msg: 'line' },
    { type: 'training_debug_image', task, metric: 'm', variant: 'v', iter: 1, url, key: 'b.png' },
  ]);
  const { urls } = await api.ok('tasks.reset', { task, force: true, return_file_urls: true });
  expect(urls.event_urls).toEqual([url]);
  expect(await api.ok('events.get_task_events', { task })).toEqual({ events: [], returned: 0, total: 0 });
  expect(await lastMetric(task)).toBeUndefined();
});
