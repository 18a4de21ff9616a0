import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestApi, type TestApi } from '../../../test/api.ts';
import { sweepStep } from './sweep.ts';

let api: TestApi;
beforeAll(async () => {
  api = await createTestApi();
});
afterAll(() => api.close());

const source = 'https://files.example/plot.png';

async function fullTask(): Promise<string> {
  const { id: task } = await api.ok('tasks.create', { name: 'a run', type: 'training' });
  const figure = { layout: { images: [{ source }, { source: 'data:image/png;base64,AA' }] } };
  await api.ok('events.add_batch', [
    { type: 'training_stats_scalar', task, metric: 'm', variant: 'v', iter: 1, value: 1 },
    { type: 'log', task, msg: 'old', timestamp: 1000 },
    { type: 'plot', task, metric: 'm', variant: 'v', iter: 1, plot_str: JSON.stringify(figure) },
  ]);
  return task;
}

async function publish(task: string): Promise<void> {
  await api.ok('tasks.started', { task });
  await api.ok('tasks.completed', { task });
  await api.ok('tasks.publish', { task });
}

const stored = async (table: string) => {
  const { rows } = await sql<{ count: number }>`SELECT count(*) FROM ${sql.table(table)}`.execute(
    api.database.db,
  );
  return rows[0]?.count;
};

describe('events.delete_for_task', () => {
  it('takes all events at once, and the sweeper what they left behind', async () => {
    const task = await fullTask();
    expect(await api.ok('events.delete_for_task', { task })).toEqual({ deleted: true });
    const nothing = { events: [], returned: 0, total: 0 };
    expect(await api.ok('events.get_task_events', { task })).toEqual(nothing);
    expect(await api.ok('events.get_task_log', { task })).toEqual(nothing);

    // What is reported before the sweeper came stays.
    await api.ok('events.add_batch', [
      { type: 'log', task, msg: 'new', timestamp: 500 },
      { type: 'training_stats_scalar', task, metric: 'm', variant: 'v', iter: 1, value: 2 },
    ]);
    expect(await stored('scalars')).toBe(2);
    while (await sweepStep(api.database.db));
    expect([await stored('scalars'), await stored('logs')]).toEqual([1, 1]);
    expect([await stored('discarded_series'), await stored('discarded_logs')]).toEqual([0, 0]);
    const { events } = await api.ok('events.get_task_events', { task });
    expect(events).toMatchObject([{ value: 2 }, { msg: 'new' }]);
  });

  it('refuses what is published unless told, and what is not there', async () => {
    const task = await fullTask();
    await publish(task);
    expect((await api.call('events.delete_for_task', { task })).code).toBe('400/101');
    expect((await api.ok('events.get_task_events', { task })).total).toBe(3);
    await api.ok('events.delete_for_task', { task, allow_locked: true });
    expect((await api.call('events.delete_for_task', { task: 'unknown' })).code).toBe('400/101');
  });
});

it('tasks.delete takes the events with it and answers the files that plots show', async () => {
  const task = await fullTask();
  const { urls } = await api.ok('tasks.delete', { task, force: true, return_file_urls: true });
  expect(urls.event_urls).toEqual([source]);
  while (await sweepStep(api.database.db));
  const { rows } = await sql`SELECT FROM logs WHERE task_id = ${task}`.execute(api.database.db);
  expect(rows).toEqual([]);
});

describe('the console', () => {
  async function logTask(): Promise<string> {
    const { id: task } = await api.ok('tasks.create', { name: 'a run', type: 'training' });
    const line = { type: 'log', task, level: 'INFO', worker: 'w' };
    await api.ok('events.add_batch', [
      { ...line, msg: 'first\n', timestamp: 1000 },
      { ...line, msg: 'second', timestamp: 2000, metric: 'stage' },
      { ...line, msg: 'third', timestamp: Date.now() },
    ]);
    return task;
  }

  it('is downloaded as text in a format, or as JSON', async () => {
    const task = await logTask();
    const text = await api.ok('events.download_task_log', { task });
    expect(text.split('\n').slice(0, 2)).toEqual([
      '1970-01-01T00:00:01.000Z w INFO first',
      '1970-01-01T00:00:02.000Z w INFO second',
    ]);
    const formatted = await api.ok('events.download_task_log', {
      task,
      line_format: '{metric}:{nothing}:{msg}',
    });
    expect(formatted.split('\n')[1]).toBe('stage::second');
    const json = await api.ok('events.download_task_log', { task, line_type: 'json' });
    expect(JSON.parse(json.split('\n')[1])).toMatchObject({ timestamp: 2000, msg: 'second', type: 'log' });
    expect((await api.call('events.download_task_log', { task: 'unknown' })).code).toBe('400/101');
  });

  it('is cleared: all of it, what is old, or by metric', async () => {
    const task = await logTask();
    const clear = (request: object) => api.ok('events.clear_task_log', { task, ...request });
    expect(await clear({ include_metrics: ['stage'], threshold_sec: 60 })).toEqual({ deleted: 1 });
    expect(await clear({ exclude_metrics: [''] })).toEqual({ deleted: 0 });
    expect(await clear({ threshold_sec: 60 })).toEqual({ deleted: 1 });
    expect(await api.ok('v2.19/events.clear_task_log', { task })).toEqual({ deleted: 1 });
    await publish(task);
    expect((await api.call('events.clear_task_log', { task })).code).toBe('400/101');
  });

  it('comes in pages with a limit in bytes', async () => {
    const { id: task } = await api.ok('tasks.create', { name: 'a run', type: 'training' });
    const msg = 'x'.repeat(3_000_000);
    await api.ok(
      'events.add_batch',
      range(4).map((line) => ({ type: 'log', task, msg, timestamp: 100 + line })),
    );
    const page = await api.ok('events.get_task_log', { task });
    expect(page).toMatchObject({ returned: 3, total: 4 });
    const from_timestamp = page.events.at(-1).timestamp;
    expect((await api.ok('events.get_task_log', { task, from_timestamp })).returned).toBe(1);
    const events = await api.ok('events.get_task_events', { task });
    const rest = await api.ok('events.get_task_events', { task, scroll_id: events.scroll_id });
    expect([events.returned, rest.returned]).toEqual([3, 1]);
  });
});

const range = (length: number) => Array.from({ length }, (_, index) => index);

describe('events of models', () => {
  const scalar = (model: string, value: number, more: object = {}) => {
    const event = {
      type: 'training_stats_scalar',
      task: model,
      metric: 'm',
      variant: 'v',
      iter: value,
      value,
    };
    return { ...event, model_event: true, ...more };
  };
  const newModel = async (): Promise<string> =>
    (await api.ok('models.create', { name: 'a model', uri: 'file:///a.onnx' })).id;

  it('are added, read and deleted as those of tasks', async () => {
    const model = await newModel();
    const answer = await api.ok('events.add_batch', [
      scalar(model, 1),
      scalar(model, 3),
      scalar(model, 2, { model_event: false }),
    ]);
    expect(answer).toEqual({ added: 2, errors: 1, errors_info: { [`unknown task ${model}`]: 1 } });
    const request = { task: model, model_events: true };
    const { m } = await api.ok('events.scalar_metrics_iter_histogram', request);
    expect(m.v).toEqual({ name: 'v', x: [1, 3], y: [1, 3] });
    const { metrics } = await api.ok('events.multi_task_scalar_metrics_iter_histogram', {
      tasks: [model],
      model_events: true,
    });
    expect(metrics.m.v[model].name).toBe('a model');
    expect((await api.call('events.scalar_metrics_iter_histogram', { task: model })).code).toBe('400/101');
    const { rows } = await sql`SELECT last_iteration FROM models WHERE id = ${model}`.execute(
      api.database.db,
    );
    expect(rows).toEqual([{ last_iteration: 3 }]);
    expect(await api.ok('events.delete_for_model', { model })).toEqual({ deleted: true });
    expect((await api.ok('events.get_task_events', request)).total).toBe(0);
  });

  it('need allow_locked once the model is published, and a model', async () => {
    const model = await newModel();
    await api.ok('models.set_ready', { model });
    expect((await api.call('events.add', scalar(model, 1))).code).toBe('400/131');
    await api.ok('events.add', scalar(model, 1, { allow_locked: true }));
    expect((await api.call('events.delete_for_model', { model })).code).toBe('400/201');
    await api.ok('events.delete_for_model', { model, allow_locked: true });
    const unknown = { task: 'unknown', model_events: true };
    expect((await api.call('events.get_task_events', unknown)).code).toBe('400/201');
  });

  it('go with their model', async () => {
    const model = await newModel();
    await api.ok('events.add', scalar(model, 1));
    await api.ok('models.delete', { model, force: true });
    const { rows } = await sql`SELECT FROM scalar_series WHERE task_id = ${model}`.execute(api.database.db);
    expect(rows).toEqual([]);
  });
});
