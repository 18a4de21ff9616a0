import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestApi, type TestApi } from '../../../test/api.ts';

let api: TestApi;
beforeAll(async () => {
  api = await createTestApi();
});
afterAll(() => api.close());

async function newTask(events: (task: string) => object[], name = 'a run'): Promise<string> {
  const { id } = await api.ok('tasks.create', { name, type: 'training' });
  await api.ok('events.add_batch', events(id));
  return id;
}

const range = (length: number) => Array.from({ length }, (_, index) => index);

function plot(task: string, metric: string, variant: string, iter: number, plot_str = '{}') {
  return { type: 'plot', task, metric, variant, iter, plot_str };
}

function image(
  task: string,
  metric: string,
  variant: string,
  iter: number,
  file = `${metric}_${variant}_${iter}`,
) {
  const url = `http://127.0.0.1:8081/${file}.png`;
  return { type: 'training_debug_image', task, metric, variant, iter, url, key: file };
}

// biome-ignore lint/suspicious/noExplicitAny: answers are checked against the wire's schema
type Found = any;
const place = ({ metric, variant, iter }: Found) => `${metric} ${variant} ${iter}`;

describe('events.get_multi_task_plots', () => {
  let one: string;
  let two: string;
  beforeAll(async () => {
    one = await newTask(
      (id) => [plot(id, 'a', 'x', 1), plot(id, 'a', 'x', 2), plot(id, 'b', 'y', 1)],
      'run one',
    );
    two = await newTask((id) => [plot(id, 'a', 'x', 7)], 'run two');
  });

  it('nests metric, variant, task and iteration, with the last iterations of each metric', async () => {
    const answer = await api.ok('events.get_multi_task_plots', { tasks: [one, two] });
    expect(answer).toMatchObject({ returned: 3, total: 3 });
    expect(answer.plots.a.x[one]).toEqual({
      2: { name: 'run one', plots: [expect.objectContaining({ iter: 2 })] },
    });
    expect(answer.plots.a.x[two]).toEqual({
      7: { name: 'run two', plots: [expect.objectContaining({ iter: 7 })] },
    });
    expect(Object.keys(answer.plots.b.y[one])).toEqual(['1']);
    const chosen = await api.ok('events.get_multi_task_plots', { tasks: [one], metrics: [{ metric: 'b' }] });
    expect(Object.keys(chosen.plots)).toEqual(['b']);
  });

  it('takes the last iterations of the whole task before 2.26, or when told', async () => {
    for (const [version, more] of [
      ['v2.1', {}],
      ['v2.16', { no_scroll: true }],
      ['v2.28', { last_iters_per_task_metric: false }],
    ] as const) {
      const { plots } = await api.ok(`${version}/events.get_multi_task_plots`, { tasks: [one], ...more });
      expect(Object.keys(plots)).toEqual(['a']);
      expect(Object.keys(plots.a.x[one])).toEqual(['2']);
    }
  });
});

it('a page of plots ends at its limit in bytes, and scrolling finds the rest', async () => {
  const large = JSON.stringify({ text: 'x'.repeat(6_000_000) });
  const task = await newTask((id) => [plot(id, 'm', 'a', 1, large), plot(id, 'm', 'b', 1, large)]);
  await api.ok('events.add_batch', [plot(task, 'm', 'c', 1, large), plot(task, 'm', 'd', 1, large)]);
  const first = await api.ok('events.get_task_plots', { task });
  expect(first).toMatchObject({ returned: 3, total: 4 });
  const { scroll_id } = first;
  const second = await api.ok('events.get_task_plots', { task, scroll_id });
  expect(second.plots.map(place)).toEqual(['m d 1']);
  expect(second.scroll_id).toBeUndefined();
  const events = await api.ok('events.get_task_events', { task });
  expect(events).toMatchObject({ returned: 3, total: 4 });
  const rest = await api.ok('events.get_task_events', { task, scroll_id: events.scroll_id });
  expect(rest).toMatchObject({ returned: 1, total: 4 });
});

it('events.plots answers windows of iterations', async () => {
  const task = await newTask((id) =>
    range(3).flatMap((iter) => [plot(id, 'm', 'a', iter), plot(id, 'm', 'b', iter)]),
  );
  const request = { metrics: [{ task, metric: 'm' }], iters: 2 };
  const { metrics, scroll_id } = await api.ok('events.plots', request);
  const [{ iterations }] = metrics;
  expect(iterations.map(({ iter, events }: Found) => [iter, events.length])).toEqual([
    [2, 2],
    [1, 2],
  ]);
  const next = await api.ok('v2.20/events.plots', { ...request, scroll_id });
  expect(next.metrics[0].iterations.map(({ iter }: Found) => iter)).toEqual([0]);
});

describe('samples of debug images', () => {
  let task: string;
  beforeAll(async () => {
    task = await newTask((id) => [
      // The file of iteration 0 is reused by iteration 2.
      image(id, 'm', 'a', 0, 'reused'),
      ...[1, 3].map((iter) => image(id, 'm', 'a', iter)),
      image(id, 'm', 'a', 2, 'reused'),
      image(id, 'm', 'b', 3),
      image(id, 'n', 'a', 3),
    ]);
  });

  it('shows the newest, or the last one up to an iteration, with the range of its series', async () => {
    const request = { task, metric: 'm', variant: 'a' };
    const newest = await api.ok('events.get_debug_image_sample', request);
    expect(newest).toMatchObject({ event: { iter: 3 }, min_iteration: 1, max_iteration: 3 });
    const before = await api.ok('v2.12/events.get_debug_image_sample', { ...request, iteration: 2 });
    expect(before.event.iter).toBe(2);
    const none = await api.ok('events.get_debug_image_sample', { ...request, metric: 'unknown' });
    expect(none.event).toBeUndefined();
    expect(none.scroll_id).toBeTypeOf('string');
  });

  it('goes on by variant and iteration, through one metric or all', async () => {
    const way = async (start: object, step: object) => {
      const seen = [];
      let answer = await api.ok('events.get_debug_image_sample', { task, ...start });
      while (answer.event) {
        seen.push(place(answer.event));
        answer = await api.ok('events.next_debug_image_sample', {
          task,
          scroll_id: answer.scroll_id,
          ...step,
        });
      }
      return seen;
    };
    const newest = { metric: 'm', variant: 'b', iteration: 3 };
    expect(await way(newest, {})).toEqual(['m b 3', 'm a 3', 'm a 2', 'm a 1']);
    expect(await way({ metric: 'm', variant: 'a', iteration: 2 }, { navigate_earlier: false })).toEqual([
      'm a 2',
      'm a 3',
      'm b 3',
    ]);
    const all = { metric: 'n', variant: 'a', navigate_current_metric: false };
    expect(await way(all, {})).toEqual(['n a 3', 'm b 3', 'm a 3', 'm a 2', 'm a 1']);
    expect(await way({ metric: 'm', variant: 'a' }, { next_iteration: true })).toEqual([
      'm a 3',
      'm a 2',
      'm a 1',
    ]);
  });

  it('refuses a scroll_id that it did not give', async () => {
    expect((await api.call('events.next_debug_image_sample', { task, scroll_id: 'x' })).code).toBe(
      '400/1104',
    );
  });
});

it('samples of plots show all variants of a metric at once', async () => {
  const task = await newTask((id) => [
    plot(id, 'm', 'a', 1),
    plot(id, 'm', 'a', 2),
    plot(id, 'm', 'b', 2),
    plot(id, 'k', 'a', 2),
  ]);
  const first = await api.ok('events.get_plot_sample', { task, metric: 'm', navigate_current_metric: false });
  expect(first.events.map(place)).toEqual(['m a 2', 'm b 2']);
  expect(first).toMatchObject({ min_iteration: 1, max_iteration: 2 });
  const next = await api.ok('events.next_plot_sample', { task, scroll_id: first.scroll_id });
  expect(next.events.map(place)).toEqual(['k a 2']);
  const last = await api.ok('v2.20/events.next_plot_sample', { task, scroll_id: next.scroll_id });
  expect(last.events.map(place)).toEqual(['m a 1']);
  const end = await api.ok('events.next_plot_sample', { task, scroll_id: last.scroll_id });
  expect(end).toMatchObject({ events: [], scroll_id: last.scroll_id });
});
