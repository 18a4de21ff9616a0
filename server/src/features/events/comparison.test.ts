import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestApi, type TestApi } from '../../../test/api.ts';

let api: TestApi;
beforeAll(async () => {
  api = await createTestApi();
});
afterAll(() => api.close());

async function newTask(events: (task: string) => object[], name = 'a run'): Promise<string> {
  const { id } = await api.ok('tasks.create', { name, type: 'training' });
  const all = events(id);
  if (all.length > 0) await api.ok('events.add_batch', all);
  return id;
}

const range = (length: number) => Array.from({ length }, (_, index) => index);

function scalars(task: string, count: number, more: object = {}) {
  const event = { type: 'training_stats_scalar', task, metric: 'loss', variant: 'train' };
  return range(count).map((iter) => ({ ...event, iter, value: iter, timestamp: 1000 + iter * 10, ...more }));
}

const single = { iter: -(2 ** 31), value: 0.5, timestamp: 7 };

describe('events.multi_task_scalar_metrics_iter_histogram', () => {
  it('nests metric, variant and task, and names curves after their tasks', async () => {
    const one = await newTask((id) => [...scalars(id, 2), ...scalars(id, 1, { metric: 'other' })], 'run one');
    const two = await newTask((id) => scalars(id, 3, { x_axis_label: 'epoch' }), 'run two');
    const none = await newTask(() => []);
    const { metrics } = await api.ok('events.multi_task_scalar_metrics_iter_histogram', {
      tasks: [one, two, none],
      metrics: [{ metric: 'loss' }],
    });
    expect(metrics).toEqual({
      loss: {
        train: {
          [one]: { name: 'run one', x: [0, 1], y: [0, 1] },
          [two]: { name: 'run two', x: [0, 1, 2], y: [0, 1, 2], x_axis_label: 'epoch' },
        },
      },
    });
    const old = await api.ok('v2.1/events.multi_task_scalar_metrics_iter_histogram', {
      tasks: [one],
      key: 'timestamp',
    });
    expect(old.metrics.loss.train[one].x).toEqual([1000, 1010]);
  });

  it('refuses a task that the caller does not have', async () => {
    const one = await newTask(() => []);
    const tasks = [one, 'unknown'];
    expect((await api.call('events.multi_task_scalar_metrics_iter_histogram', { tasks })).code).toBe(
      '400/101',
    );
  });
});

describe('events.scalar_metrics_iter_raw', () => {
  it('scrolls through all points of a metric, single values too', async () => {
    const task = await newTask((id) => [
      ...scalars(id, 4),
      ...scalars(id, 4, { variant: 'test' }),
      ...scalars(id, 1, { metric: 'other' }),
      ...scalars(id, 1, single),
    ]);
    const request = { task, metric: { metric: 'loss' }, batch_size: 5, count_total: true };
    const first = await api.ok('events.scalar_metrics_iter_raw', request);
    expect(first).toMatchObject({ returned: 5, total: 9 });
    expect(first.variants.train).toEqual({ iter: [-(2 ** 31), 0, 1], y: [0.5, 0, 1] });
    const { scroll_id } = first;
    const second = await api.ok('events.scalar_metrics_iter_raw', { ...request, scroll_id });
    expect(second).toMatchObject({ returned: 4, total: 9 });
    expect(second.variants).toEqual({
      train: { iter: [2, 3], y: [2, 3] },
      test: { iter: [2, 3], y: [2, 3] },
    });
    const last = await api.ok('events.scalar_metrics_iter_raw', { ...request, scroll_id: second.scroll_id });
    expect(last).toEqual({ variants: {}, returned: 0, total: 9 });
  });

  it('knows time as the key, and a choice of variants', async () => {
    const task = await newTask((id) => [...scalars(id, 2), ...scalars(id, 2, { variant: 'test' })]);
    const metric = { metric: 'loss', variants: ['test'] };
    const answer = await api.ok('events.scalar_metrics_iter_raw', { task, metric, key: 'iso_time' });
    expect(answer.variants).toEqual({
      test: { iso_time: ['1970-01-01T00:00:01.000Z', '1970-01-01T00:00:01.010Z'], y: [0, 1] },
    });
    expect(answer.total).toBeUndefined();
  });
});

describe('names and newest values', () => {
  let task: string;
  beforeAll(async () => {
    task = await newTask((id) => [
      ...scalars(id, 3),
      ...scalars(id, 200, { variant: 'test' }),
      { type: 'plot', task: id, metric: 'p', variant: 'v', iter: 1, plot_str: '{}' },
      { type: 'training_stats_vector', task: id, metric: 'vec', variant: 'v', iter: 2, values: [3, 4] },
      { type: 'training_stats_vector', task: id, metric: 'vec', variant: 'v', iter: 1, values: [1, 2] },
      { type: 'log', task: id, msg: 'line' },
    ]);
  });

  it('lists metrics by task and together, of all types or one', async () => {
    const other = await newTask((id) => scalars(id, 1, { variant: 'more' }));
    const both = { tasks: [task, other] };
    expect((await api.ok('events.get_task_metrics', both)).metrics).toEqual([
      { task, metrics: ['loss', 'p', 'vec'] },
      { task: other, metrics: ['loss'] },
    ]);
    const plots = await api.ok('v2.7/events.get_task_metrics', { ...both, event_type: 'plot' });
    expect(plots.metrics).toEqual([
      { task, metrics: ['p'] },
      { task: other, metrics: [] },
    ]);
    const joint = await api.ok('events.get_multi_task_metrics', {
      ...both,
      event_type: 'training_stats_scalar',
    });
    expect(joint.metrics).toEqual([{ metric: 'loss', variants: ['more', 'test', 'train'] }]);
  });

  it('lists scalars and vectors with their variants', async () => {
    expect(await api.ok('events.get_scalar_metrics_and_variants', { task })).toEqual({
      metrics: { loss: ['test', 'train'] },
    });
    expect(await api.ok('events.get_vector_metrics_and_variants', { task })).toEqual({
      metrics: [{ metric: 'vec', variants: ['v'] }],
    });
    expect(
      await api.ok('events.vector_metrics_iter_histogram', { task, metric: 'vec', variant: 'v' }),
    ).toMatchObject({
      iterations: [1, 2],
      vectors: [
        [1, 2],
        [3, 4],
      ],
    });
  });

  it('answers the newest value and the mean of the last hundred', async () => {
    const { metrics } = await api.ok('events.get_task_latest_scalar_values', { task });
    expect(metrics).toEqual([
      {
        name: 'loss',
        variants: [
          { name: 'test', last_value: 199, last_100_value: 149.5 },
          { name: 'train', last_value: 2, last_100_value: 1 },
        ],
      },
    ]);
  });

  it('answers the events of one metric', async () => {
    const answer = await api.ok('events.get_scalar_metric_data', { task, metric: 'loss', no_scroll: true });
    expect(answer).toMatchObject({ returned: 203, total: 203 });
    expect(answer.events[0]).toMatchObject({ metric: 'loss', iter: 0, value: 0 });
    expect((await api.call('events.get_scalar_metric_data', { task })).code).toBe('400/11');
  });

  it('answers nothing of a task without events', async () => {
    const empty = await newTask(() => []);
    expect(await api.ok('events.get_task_latest_scalar_values', { task: empty })).toEqual({ metrics: [] });
    expect(await api.ok('events.get_scalar_metrics_and_variants', { task: empty })).toEqual({ metrics: {} });
    expect(await api.ok('events.clear_scroll', { scroll_id: 'any' })).toEqual({});
  });
});
