import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestApi, type TestApi } from '../../../test/api.ts';

let api: TestApi;
beforeAll(async () => {
  api = await createTestApi();
});
afterAll(() => api.close());

async function newTask(events: (task: string) => object[]): Promise<string> {
  const { id } = await api.ok('tasks.create', { name: 'a run', type: 'training' });
  await api.ok('events.add_batch', events(id));
  return id;
}

const range = (length: number) => Array.from({ length }, (_, index) => index);

function scalars(task: string, count: number, more: object = {}) {
  const event = { type: 'training_stats_scalar', task, metric: 'loss', variant: 'train' };
  return range(count).map((iter) => ({ ...event, iter, value: iter, timestamp: 1000 + iter * 10, ...more }));
}

describe('events.scalar_metrics_iter_histogram', () => {
  it('averages buckets aligned to multiples of their width', async () => {
    const task = await newTask((id) =>
      scalars(id, 1000).map((event) => ({ ...event, iter: event.iter + 7 })),
    );
    const { loss } = await api.ok('events.scalar_metrics_iter_histogram', { task, samples: 10 });
    // 1000 iterations in 10 samples: buckets of 100, the first and the last not full
    expect(loss.train.x).toEqual(range(11).map((index) => index * 100));
    expect(loss.train.y.slice(0, 3)).toEqual([46, 142.5, 242.5]);
  });

  it('rounds down below zero and answers a short series as it is', async () => {
    const task = await newTask((id) => [
      ...scalars(id, 40).map((event) => ({ ...event, iter: event.iter - 20 })),
      ...scalars(id, 3, { variant: 'short' }).map((event) => ({ ...event, iter: event.iter * 1e9 })),
    ]);
    const { loss } = await api.ok('events.scalar_metrics_iter_histogram', { task, samples: 8 });
    expect(loss.train.x).toEqual([-20, -15, -10, -5, 0, 5, 10, 15]);
    expect(loss.train.y[0]).toBe(2);
    expect(loss.short.x).toEqual([0, 1e9, 2e9]);
  });

  it('gives series of like length the same x', async () => {
    const task = await newTask((id) => [...scalars(id, 1000), ...scalars(id, 960, { variant: 'other' })]);
    const { loss } = await api.ok('events.scalar_metrics_iter_histogram', { task, samples: 10 });
    expect(loss.other.x).toEqual(loss.train.x);
  });

  it('knows time as x, labels, and a choice of series', async () => {
    const task = await newTask((id) => [
      ...scalars(id, 2, { x_axis_label: 'epoch' }),
      ...scalars(id, 2, { variant: 'other' }),
      ...scalars(id, 2, { metric: 'accuracy' }),
    ]);
    const metrics = [{ metric: 'loss', variants: ['train'] }];
    const byTime = await api.ok('events.scalar_metrics_iter_histogram', { task, metrics, key: 'timestamp' });
    expect(byTime).toEqual({
      loss: { train: { name: 'train', x: [1000, 1010], y: [0, 1], x_axis_label: 'epoch' } },
    });
    const iso = await api.ok('events.scalar_metrics_iter_histogram', { task, metrics, key: 'iso_time' });
    expect(iso.loss.train.x).toEqual(['1970-01-01T00:00:01.000Z', '1970-01-01T00:00:01.010Z']);
    const all = await api.ok('events.scalar_metrics_iter_histogram', { task, metrics: [{ metric: 'loss' }] });
    expect(Object.keys(all.loss)).toEqual(['other', 'train']);
  });

  it('leaves single values out, and answers {} when there is nothing', async () => {
    const task = await newTask((id) => [
      { ...scalars(id, 1)[0], metric: 'Summary', variant: 'f1', iter: -(2 ** 31), value: 0.95 },
    ]);
    expect(await api.ok('events.scalar_metrics_iter_histogram', { task })).toEqual({});
    const { tasks } = await api.ok('events.get_task_single_value_metrics', { tasks: [task] });
    const values = [{ metric: 'Summary', variant: 'f1', value: 0.95, timestamp: 1000 }];
    expect(tasks).toEqual([{ task, task_name: 'a run', values }]);
  });

  it('knows no task but those of the caller', async () => {
    const { code } = await api.call('events.scalar_metrics_iter_histogram', { task: 'unknown' });
    expect(code).toBe('400/101');
  });
});

describe('events.get_task_log', () => {
  let task: string;
  beforeAll(async () => {
    task = await newTask((id) =>
      // two lines a millisecond
      range(10).map((line) => ({
        type: 'log',
        task: id,
        msg: `${line}`,
        timestamp: 100 + (line >> 1),
        level: 'INFO',
      })),
    );
  });
  const messages = (answer: { events: { msg: string }[] }) => answer.events.map(({ msg }) => msg).join('');

  it('goes back from the end and never splits a millisecond', async () => {
    const last = await api.ok('events.get_task_log', { task, batch_size: 3 });
    expect(messages(last)).toBe('9876');
    expect(last).toMatchObject({ returned: 4, total: 10 });
    expect(last.events[0]).toEqual({
      timestamp: 104,
      type: 'log',
      task,
      level: 'INFO',
      worker: '',
      msg: '9',
      metric: '',
      variant: '',
    });
    const before = await api.ok('events.get_task_log', { task, batch_size: 3, from_timestamp: 103 });
    expect(messages(before)).toBe('5432');
  });

  it('goes forward, and turns the page round', async () => {
    const way = { task, batch_size: 2, navigate_earlier: false };
    expect(messages(await api.ok('events.get_task_log', way))).toBe('01');
    expect(messages(await api.ok('events.get_task_log', { ...way, from_timestamp: 100 }))).toBe('23');
    expect(messages(await api.ok('events.get_task_log', { ...way, order: 'desc' }))).toBe('10');
    // what the SDK asks for
    expect(messages(await api.ok('v2.23/events.get_task_log', { task, batch_size: 1, order: 'asc' }))).toBe(
      '89',
    );
  });

  it('scrolls for clients before 2.9', async () => {
    const first = await api.ok('v2.5/events.get_task_log', {
      task,
      batch_size: 4,
      from: 'tail',
      order: 'asc',
    });
    expect(messages(first)).toBe('6789');
    const { scroll_id } = first;
    const next = await api.ok('v2.5/events.get_task_log', { task, batch_size: 4, order: 'asc', scroll_id });
    expect(messages(next)).toBe('2345');
    expect(messages(await api.ok('v1.5/events.get_task_log', { task, order: 'asc', batch_size: 2 }))).toBe(
      '01',
    );
  });
});

describe('events.get_task_events', () => {
  it('scrolls by iteration until the sum of the pages is the total', async () => {
    const task = await newTask((id) => [
      ...scalars(id, 25),
      ...scalars(id, 25, { variant: 'other' }),
      { type: 'plot', task: id, metric: 'p', variant: 'v', iter: 3, plot_str: '{}', timestamp: 5 },
      { type: 'log', task: id, msg: 'line', timestamp: 6 },
    ]);
    const events: Record<string, unknown>[] = [];
    let scroll_id: string | undefined;
    let total = 1;
    while (events.length < total) {
      const page = await api.ok('events.get_task_events', {
        task,
        batch_size: 7,
        ...(scroll_id && { scroll_id }),
      });
      expect(page.returned).toBe(page.events.length);
      expect(page.total).toBe(52);
      events.push(...page.events);
      ({ scroll_id, total } = page);
    }
    expect(events.map(({ iter }) => iter).slice(0, 50)).toEqual(range(50).map((index) => index >> 1));
    expect(new Set(events.map(({ type, variant, iter }) => `${type} ${variant} ${iter}`)).size).toBe(52);
    const plot = {
      type: 'plot',
      task,
      metric: 'p',
      variant: 'v',
      iter: 3,
      plot_str: '{}',
      timestamp: 5,
      worker: '',
    };
    expect(events[50]).toEqual(plot);
    expect(events[51]).toMatchObject({ type: 'log', msg: 'line', timestamp: 6 });
  });

  it('answers one type, backwards too, and a choice of series', async () => {
    const task = await newTask((id) => [...scalars(id, 5), ...scalars(id, 5, { metric: 'accuracy' })]);
    const request = {
      task,
      event_type: 'training_stats_scalar',
      metrics: [{ metric: 'loss' }],
      order: 'desc',
    };
    const first = await api.ok('events.get_task_events', { ...request, batch_size: 3 });
    expect(first.events.map(({ iter }: { iter: number }) => iter)).toEqual([4, 3, 2]);
    const { scroll_id } = first;
    const rest = await api.ok('events.get_task_events', { ...request, batch_size: 3, scroll_id });
    expect(rest.events.map(({ iter }: { iter: number }) => iter)).toEqual([1, 0]);
    expect(rest.scroll_id).toBeUndefined();
    expect((await api.ok('events.get_task_events', { task, event_type: 'plot' })).total).toBe(0);
  });

  it('refuses an unknown type and a foreign scroll_id', async () => {
    const task = await newTask((id) => scalars(id, 1));
    expect((await api.call('events.get_task_events', { task, event_type: 'x' })).code).toBe('400/12');
    expect((await api.call('events.get_task_events', { task, scroll_id: 'x' })).code).toBe('400/1104');
  });
});

it('events.get_task_plots answers the last iterations of each variant', async () => {
  const plot = { type: 'plot', metric: 'm', plot_str: '{}' };
  const task = await newTask((id) => [
    ...[1, 2, 3].map((iter) => ({ ...plot, task: id, variant: 'b', iter })),
    { ...plot, task: id, variant: 'a', iter: 1 },
    { ...plot, task: id, variant: 'a', iter: 1, plot_str: '{"again": true}' },
  ]);
  const answer = await api.ok('events.get_task_plots', { task, iters: 2, no_scroll: true });
  expect(answer).toMatchObject({ returned: 3, total: 3 });
  expect(
    answer.plots.map((found: typeof plot & { variant: string; iter: number }) => [found.variant, found.iter]),
  ).toEqual([
    ['a', 1],
    ['b', 3],
    ['b', 2],
  ]);
  expect(answer.plots[0].plot_str).toBe('{"again": true}');
});

describe('events.debug_images', () => {
  const image = (task: string, iter: number, url: string) => ({
    type: 'training_debug_image',
    task,
    metric: 'm',
    variant: 'v',
    iter,
    url: `http://127.0.0.1:8081/${url}`,
    key: url,
  });
  type Answer = {
    metrics: { task: string; iterations: { iter: number; events: object[] }[] }[];
    scroll_id: string;
  };
  const iterations = ({ metrics }: Answer) => metrics[0]?.iterations.map(({ iter }) => iter);

  it('scrolls back until nothing is left, leaving out images whose file was reused', async () => {
    // As the SDK does with a history of 5: iteration 5 overwrites the file of iteration 0.
    const task = await newTask((id) => range(8).map((iter) => image(id, iter, `image_${iter % 5}.png`)));
    const request = { metrics: [{ task, metric: 'm', variants: ['v'] }], iters: 2 };
    const seen: unknown[] = [];
    let answer: Answer = await api.ok('v2.23/events.debug_images', request);
    while (answer.metrics[0]?.iterations.length) {
      seen.push(iterations(answer));
      // Reported while somebody scrolls: the pages do not shift.
      await api.ok('events.add_batch', [image(task, 100 + seen.length, `new_${seen.length}.png`)]);
      answer = await api.ok('v2.23/events.debug_images', { ...request, scroll_id: answer.scroll_id });
    }
    expect(seen).toEqual([[7, 6], [5, 4], [3]]);
    const back = { ...request, scroll_id: answer.scroll_id, navigate_earlier: false };
    expect(iterations(await api.ok('events.debug_images', back))).toEqual([3]);
    expect(iterations(await api.ok('events.debug_images', { ...back, refresh: true }))).toEqual([103, 102]);
  });

  it('groups by task, also for those without images, and answers the old form', async () => {
    const [full, empty] = [
      await newTask((id) => [image(id, 1, 'a.png')]),
      await newTask((id) => scalars(id, 1)),
    ];
    const { metrics } = await api.ok('events.debug_images', { metrics: [{ task: full }, { task: empty }] });
    expect(metrics).toEqual([
      { task: full, iterations: [{ iter: 1, events: [expect.objectContaining({ iter: 1, key: 'a.png' })] }] },
      { task: empty, iterations: [] },
    ]);
    const old = await api.ok('v2.1/events.debug_images', { task: full });
    expect(old).toMatchObject({ task: full, returned: 1, total: 1, images: [{ iter: 1 }] });
  });
});
