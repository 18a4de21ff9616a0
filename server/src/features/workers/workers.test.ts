import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestApi, type TestApi } from '../../../test/api.ts';
import { dropOldStats } from './stats.ts';
import { dropExpiredWorkers } from './store.ts';

let api: TestApi;
beforeAll(async () => {
  api = await createTestApi();
});
afterAll(() => api.close());

const newQueue = async (): Promise<string> => (await api.ok('queues.create', { name: 'served' })).id;
const newTask = async (): Promise<string> =>
  (await api.ok('tasks.create', { name: 'queued task', type: 'training' })).id;
const report = (worker: string, more: object = {}) =>
  api.ok('workers.status_report', { worker, timestamp: Date.now(), machine_stats: null, ...more });

describe('workers', () => {
  it('are listed with what they do and serve', async () => {
    const [queue, task] = [await newQueue(), await newTask()];
    const later = await newTask();
    await api.ok('tasks.enqueue', { task: later, queue });
    await api.ok('workers.register', { worker: 'machine:1', queues: [queue], tags: ['gpu'], timeout: 600 });
    await api.ok('tasks.started', { task });
    await api.ok('workers.status_report', {
      worker: 'machine:1',
      task,
      queue,
      timestamp: 1,
      machine_stats: null,
    });
    const list = async (request: object) => (await api.ok('workers.get_all', request)).workers;
    const [worker] = await list({ worker_pattern: 'machine:*' });
    expect(worker).toMatchObject({
      id: 'machine:1',
      tags: ['gpu'],
      task: { id: task, name: 'queued task', last_iteration: 0 },
      queue: { id: queue },
      queues: [{ id: queue, num_tasks: 1, next_task: { id: later } }],
    });
    expect(await list({ worker_pattern: 'other*' })).toEqual([]);
    expect(await list({ tags: ['-gpu'] })).toEqual([]);
    expect(await list({ last_seen: 0 })).toHaveLength(1);
    await api.ok('workers.unregister', { worker: 'machine:1' });
    expect((await api.call('workers.unregister', { worker: 'machine:1' })).code).toBe('400/1004');
  });
});

describe('the list of workers', () => {
  const ids = async (request: object, version = '2.31') =>
    (await api.ok(`v${version}/workers.get_all`, request)).workers.map((worker: { id: string }) => worker.id);
  const count = async (request: object) => (await api.ok('workers.get_count', request)).count;

  it('is filtered and counted, in every version', async () => {
    await api.ok('workers.register', { worker: 'list:1', tags: ['a'], system_tags: ['s'] });
    await api.ok('workers.register', { worker: 'list:2', tags: ['b'] });
    expect(await ids({}, '2.4')).toEqual(['list:1', 'list:2']);
    expect(await ids({ tags: ['a'] }, '2.20')).toEqual(['list:1']);
    expect(await ids({ system_tags: ['s'] }, '2.22')).toEqual(['list:1']);
    expect(await ids({ worker_pattern: 'list:?' }, '2.30')).toEqual(['list:1', 'list:2']);
    expect(await count({})).toBe(2);
    expect(await count({ worker_pattern: '*2' })).toBe(1);
    expect((await api.ok('v2.26/workers.get_count', { tags: ['b'] })).count).toBe(1);
  });

  it('loses who was not seen, for as long as asked and as registered', async () => {
    const age = (worker: string, seconds: number) =>
      sql`UPDATE workers SET last_activity_time = now() - make_interval(secs => ${seconds}) WHERE worker_id = ${worker}`.execute(
        api.database.db,
      );
    await age('list:1', 100);
    await age('list:2', 700);
    expect(await ids({ last_seen: 60 })).toEqual([]);
    expect(await ids({ last_seen: 0 })).toEqual(['list:1']);
    await api.ok('workers.register', { worker: 'list:2', timeout: 1000 });
    await age('list:2', 700);
    expect(await count({ last_seen: 0 })).toBe(2);
    await age('list:2', 90_000);
    await dropExpiredWorkers(api.database.db);
    expect((await api.call('workers.unregister', { worker: 'list:2' })).code).toBe('400/1004');
    await api.ok('workers.unregister', { worker: 'list:1' });
  });

  it('keeps the queues of a worker that names none', async () => {
    const { id: queue } = await api.ok('queues.create', { name: 'kept' });
    await api.ok('workers.register', { worker: 'keeps', queues: [queue] });
    await report('keeps', { queues: [] });
    const { workers } = await api.ok('workers.get_all', { worker_pattern: 'keeps' });
    expect(workers[0].queues).toMatchObject([{ id: queue, name: 'kept', num_tasks: 0 }]);
  });
});

describe('statistics', () => {
  // On a whole minute, as the rows are.
  const start = Math.floor(Date.now() / 60_000) * 60 - 600;
  const range = { from_date: start, to_date: start + 1200, interval: 300 };
  const at = (worker: string, seconds: number) =>
    sql`UPDATE worker_stats SET minute = to_timestamp(${start + seconds})
        WHERE worker_id = ${worker} AND minute > to_timestamp(${start + 500})`.execute(api.database.db);

  it('of machines are averaged over the interval, by component when asked', async () => {
    // Both belong to one minute.
    const left = 60_000 - (Date.now() % 60_000);
    if (left < 10_000) await new Promise((resolve) => setTimeout(resolve, left + 50));
    await report('stats:1', { machine_stats: { cpu_usage: [10, 30], memory_used: 4 } });
    await report('stats:1', { machine_stats: { cpu_usage: [20, 40], memory_used: 8, gpu_usage: [] } });
    await at('stats:1', 60);
    await report('stats:1', { machine_stats: { cpu_usage: [50, 90] } });
    await at('stats:1', 360);
    const items = [
      { key: 'cpu_usage', category: 'avg' },
      { key: 'cpu_usage', category: 'max' },
      { key: 'memory_used', category: 'min' },
    ];
    const request = { ...range, worker_ids: ['stats:1'], items };
    const { workers } = await api.ok('workers.get_stats', request);
    expect(workers).toEqual([
      {
        worker: 'stats:1',
        metrics: [
          {
            metric: 'cpu_usage',
            dates: [start, start + 300],
            stats: [
              { aggregation: 'avg', values: [25, 70] },
              { aggregation: 'max', values: [40, 90] },
            ],
          },
          { metric: 'memory_used', dates: [start], stats: [{ aggregation: 'min', values: [4] }] },
        ],
      },
    ]);
    const split = await api.ok('workers.get_stats', { ...request, split_by_variant: true });
    expect(split.workers[0].metrics).toMatchObject([
      { metric: 'cpu_usage', variant: '0', stats: [{ values: [15, 50] }, { values: [20, 50] }] },
      { metric: 'cpu_usage', variant: '1', stats: [{ values: [35, 90] }, { values: [40, 90] }] },
      { metric: 'memory_used', variant: 'total' },
    ]);
    expect((await api.ok('workers.get_stats', { ...request, worker_ids: ['none'] })).workers).toEqual([]);
  });

  it('know which metrics there are', async () => {
    await report('stats:2', { machine_stats: { gpu_usage: [1], cpu_temperature: [50], disk_read: 1 } });
    const keys = async (worker_ids?: string[]) =>
      (await api.ok('workers.get_metric_keys', { worker_ids })).categories;
    expect(await keys(['stats:2'])).toEqual([
      { name: 'cpu', metric_keys: ['cpu_temperature'] },
      { name: 'disk', metric_keys: ['disk_read'] },
      { name: 'gpu', metric_keys: ['gpu_usage'] },
    ]);
    expect(await keys()).toContainEqual({ name: 'cpu', metric_keys: ['cpu_temperature', 'cpu_usage'] });
  });

  it('count who reported and who worked', async () => {
    const { db } = api.database;
    await sql`DELETE FROM worker_stats`.execute(db);
    await report('active', { task: await newTask() });
    await report('idle');
    await sql`UPDATE worker_stats SET minute = to_timestamp(${start + 60})`.execute(db);
    await report('idle');
    await sql`UPDATE worker_stats SET minute = to_timestamp(${start + 360}) WHERE minute > to_timestamp(${start + 60})`.execute(
      db,
    );
    expect(await api.ok('workers.get_activity_report', range)).toEqual({
      total: { dates: [start, start + 300], counts: [2, 1] },
      active: { dates: [start, start + 300], counts: [1, 0] },
    });
  });

  it('refuse a span without sense', async () => {
    const wrong = { ...range, interval: 0 };
    expect((await api.call('workers.get_activity_report', wrong)).code).toBe('400/12');
    expect((await api.call('workers.get_stats', { ...wrong, items: [] })).code).toBe('400/12');
  });

  it('are kept for a month', async () => {
    const { db } = api.database;
    await report('old');
    await sql`UPDATE worker_stats SET minute = minute - interval '40 days' WHERE worker_id = 'old'`.execute(
      db,
    );
    await dropOldStats(db);
    const { rows } = await sql`SELECT FROM worker_stats WHERE worker_id = 'old'`.execute(db);
    expect(rows).toEqual([]);
  });
});
