import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestApi, type TestApi } from '../../../test/api.ts';
import { dropOldSamples, sampleQueues } from './metrics.ts';

let api: TestApi;
beforeAll(async () => {
  api = await createTestApi();
});
afterAll(() => api.close());

const get = async (queue: string) => (await api.ok('queues.get_by_id', { queue })).queue;

describe('a queue', () => {
  it('is changed field by field', async () => {
    const { id: queue } = await api.ok('queues.create', { name: 'before', tags: ['a'] });
    const { updated, fields } = await api.ok('queues.update', {
      queue,
      name: ' after ',
      display_name: 'After',
    });
    expect(updated).toBe(1);
    expect(fields).toMatchObject({ name: 'after', display_name: 'After' });
    expect(await get(queue)).toMatchObject({ name: 'after', display_name: 'After', tags: ['a'] });
    expect(await api.ok('queues.update', { queue })).toEqual({ updated: 0, fields: {} });
    expect((await api.call('queues.update', { queue, name: 'default' })).code).toBe('400/801');
    expect((await api.call('queues.update', { queue, name: 'x' })).code).toBe('400/12');
    expect((await api.call('queues.update', { queue: 'f'.repeat(32), name: 'some' })).code).toBe('400/701');
  });

  it('carries metadata by key', async () => {
    const { id: queue } = await api.ok('queues.create', {
      name: 'with metadata',
      metadata: { one: { key: 'one', type: 'str', value: '1' } },
    });
    const add = (metadata: object[], more: object = {}) =>
      api.call('queues.add_or_update_metadata', { queue, metadata, ...more });
    expect((await add([{ key: 'two', value: '2' }])).data).toEqual({ updated: 1 });
    expect(Object.keys((await get(queue)).metadata).sort()).toEqual(['one', 'two']);
    expect(await api.ok('queues.delete_metadata', { queue, keys: ['one', 'none'] })).toEqual({ updated: 1 });
    expect(await api.ok('queues.delete_metadata', { queue, keys: ['one'] })).toEqual({ updated: 0 });
    await add([{ key: 'three', value: '3' }], { replace_metadata: true });
    expect((await get(queue)).metadata).toEqual({ three: { key: 'three', value: '3' } });
    expect((await add([{ value: '3' }])).code).toBe('400/12');
  });

  it('of the Kubernetes glue is shown to who asks for it', async () => {
    const { id } = await api.ok('queues.create', { name: 'pending pods', system_tags: ['k8s-glue'] });
    const names = async (request: object) =>
      (await api.ok('queues.get_all', request)).queues.map((queue: { name: string }) => queue.name);
    expect(await names({})).not.toContain('pending pods');
    expect(await names({ search_hidden: true })).toContain('pending pods');
    expect(await names({ id: [id] })).toEqual(['pending pods']);
    expect(await names({ name: '^pending' })).toEqual(['pending pods']);
  });

  it('is listed with its tasks, in every version', async () => {
    const { id: queue } = await api.ok('queues.create', { name: 'listed' });
    const { id: task } = await api.ok('tasks.create', { name: 'its task', type: 'training' });
    await api.ok('tasks.enqueue', { task, queue });
    const all = { name: '^listed$', only_fields: ['*', 'entries.task.name'] };
    const { queues } = await api.ok('queues.get_all_ex', all);
    expect(queues).toMatchObject([
      {
        id: queue,
        name: 'listed',
        user: { id: expect.any(String) },
        entries: [{ task: { id: task, name: 'its task' } }],
      },
    ]);
    for (const version of ['2.4', '2.15', '2.20', '2.21', '2.27']) {
      const request = { id: [queue], max_task_entries: 1 };
      const { queues } = await api.ok(`v${version}/queues.get_all_ex`, request);
      expect(queues).toMatchObject([{ id: queue, entries: [{ task: { id: task } }] }]);
    }
    const filters = { tags: { any: { include: ['none'] } } };
    expect((await api.ok('queues.get_all_ex', { filters })).queues).toEqual([]);
  });
});

describe('metrics of queues', () => {
  const now = Math.floor(Date.now() / 1000);
  const range = { from_date: now - 3600, to_date: now + 3600, interval: 600 };

  it('have the longest wait of each step', async () => {
    const { id: queue } = await api.ok('queues.create', { name: 'measured' });
    const samples = [
      [1000, 4, 20],
      [900, 2, 50],
      [100, 1, 5],
    ];
    for (const [ago, length, wait] of samples)
      await sql`
        INSERT INTO queue_samples VALUES (${queue}, to_timestamp(${range.from_date + 3600 - (ago ?? 0)}), ${length}, ${wait})`.execute(
        api.database.db,
      );
    const { queues } = await api.ok('queues.get_queue_metrics', { ...range, queue_ids: [queue] });
    expect(queues).toEqual([
      {
        queue,
        dates: [now - 1200, now - 600],
        avg_waiting_times: [50, 5],
        queue_lengths: [2, 1],
      },
    ]);
  });

  it('are taken now when asked to, and over all queues without ids', async () => {
    const { id: queue } = await api.ok('queues.create', { name: 'sampled' });
    const { id: task } = await api.ok('tasks.create', { name: 'waits', type: 'training' });
    await api.ok('tasks.enqueue', { task, queue });
    await sql`UPDATE queue_entries SET added = now() - interval '30 s' WHERE task_id = ${task}`.execute(
      api.database.db,
    );
    const { queues } = await api.ok('queues.get_queue_metrics', {
      ...range,
      queue_ids: [queue],
      refresh: true,
    });
    expect(queues[0].queue_lengths).toEqual([1]);
    expect(queues[0].avg_waiting_times[0]).toBeGreaterThanOrEqual(30);
    const all = await api.ok('v2.4/queues.get_queue_metrics', range);
    expect(all.queues).toMatchObject([{ queue: 'all' }]);
  });

  it('refuse a span without sense', async () => {
    for (const wrong of [{ interval: 0 }, { to_date: now - 7200 }, { to_date: Date.now() }])
      expect((await api.call('queues.get_queue_metrics', { ...range, ...wrong })).code).toBe('400/12');
  });

  it('are kept for a month', async () => {
    const { db } = api.database;
    await sql`UPDATE queue_samples SET at = at - interval '40 days'`.execute(db);
    await sampleQueues(db);
    await dropOldSamples(db);
    const { rows } = await sql<{ old: number; fresh: number }>`
      SELECT count(*) FILTER (WHERE at < now() - interval '1 day') AS old, count(*) AS fresh FROM queue_samples`.execute(
      db,
    );
    expect(rows[0]?.old).toBe(0);
    expect(rows[0]?.fresh).toBeGreaterThan(0);
  });
});
