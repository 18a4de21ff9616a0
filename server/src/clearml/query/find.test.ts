import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTestApi, type TestApi } from '../../../test/api.ts';

let api: TestApi;
let queue: string;

beforeAll(async () => {
  api = await createTestApi();
  queue = (await api.ok('queues.create', { name: 'of the test' })).id;
});

afterAll(() => api.close());

it.each(['__$not', '-', '-x'])(
  'finds nothing by the id %s, which as a filter means all the others',
  async (id) => {
    expect((await api.ok('queues.get_by_id', { queue })).queue.id).toBe(queue);
    expect((await api.call('queues.get_by_id', { queue: id })).code).toBe('400/701');
  },
);

it('refuses a negative number of entries', async () => {
  const { code, message } = await api.call('queues.get_by_id', { queue, max_task_entries: -1 });
  expect([code, message]).toEqual(['400/12', expect.stringContaining('must not be negative')]);
});
