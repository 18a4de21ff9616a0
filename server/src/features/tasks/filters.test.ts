import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestApi, type TestApi } from '../../../test/api.ts';
import { md5 } from '../../platform/ids.ts';

let api: TestApi;
let project: string;
let queue: string;
let model: string;
const loss = `last_metrics.${md5('loss')}.${md5('train')}`;

beforeAll(async () => {
  api = await createTestApi();
  project = (await api.ok('projects.create', { name: 'filtered' })).id;
  queue = (await api.ok('queues.create', { name: 'the queue' })).id;
  model = (await api.ok('models.create', { name: 'a model', uri: 'file:///m' })).id;
  const add = async (name: string, content: object, value?: number) => {
    const { id } = await api.ok('tasks.create', { name, type: 'training', project, ...content });
    const event = { type: 'training_stats_scalar', task: id, metric: 'loss', variant: 'train', iter: 3 };
    if (value !== undefined) await api.ok('events.add', { ...event, value });
    return id;
  };
  await add('low', { comment: 'b', runtime: { hash: 'AbC' } }, 1);
  await add('high', { comment: 'a', tags: ['x'] }, 10);
  await add('none', { models: { input: [{ name: 'in', model }], output: [] } });
  await api.ok('tasks.enqueue', { task: await add('queued', { parent: await add('above', {}) }), queue });
});
afterAll(() => api.close());

async function names(request: object): Promise<string[]> {
  const { tasks } = await api.ok('tasks.get_all', { project: [project], order_by: ['name'], ...request });
  return tasks.map(({ name }: { name: string }) => name);
}

describe('a list of tasks', () => {
  it.each([
    [{ [`${loss}.value`]: [0, 5] }, ['low']],
    [{ [`${loss}.max_value`]: [5, null] }, ['high']],
    [{ [`${loss}.min_value`]: [null, 100] }, ['high', 'low']],
    [{ last_iteration: [3, 3] }, ['high', 'low']],
    [{ last_iteration: [null, 2] }, ['above', 'none', 'queued']],
    [{ _all_: { fields: ['runtime.hash'], pattern: '^abc$' } }, ['low']],
    [{ _any_: { fields: ['runtime.hash', 'comment'], pattern: '^a' } }, ['high', 'low']],
    [{ _any_: { fields: ['no.such'], pattern: '.' } }, []],
    [{ _and_: { fields: ['name', 'no.such'], pattern: '.' } }, []],
    [{ filters: { tags: { all: { exclude: ['x'] } }, name: null } }, ['above', 'low', 'none', 'queued']],
    [{ filters: { 'runtime.hash': { any: { include: 'AbC' } } } }, ['low']],
    [
      { filters: { name: { any: { include: ['low'] }, all: { exclude: ['x'] }, op: 'or' } } },
      ['above', 'high', 'low', 'none', 'queued'],
    ],
    [{ include_subprojects: true, tags: ['x'] }, ['high']],
    [{ status_changed: ['>=2020-01-01T00:00:00+00:00', '<2021-01-01T00:00:00+00:00'] }, []],
    [{ method: 'get', surprise: 1, 'no.such': ['x'] }, ['above', 'high', 'low', 'none', 'queued']],
  ])('with %j is %j', async (filter, expected) => {
    expect(await names(filter)).toEqual(expected);
  });

  it('is filtered by queue, input model and parent', async () => {
    expect(await names({ 'execution.queue': [queue] })).toEqual(['queued']);
    expect(await names({ 'models.input.model': [model] })).toEqual(['none']);
    expect(await names({ 'models.input.model': ['__$not', model], tags: ['x'] })).toEqual(['high']);
    const { tasks } = await api.ok('tasks.get_all', { name: '^above$' });
    expect(await names({ parent: tasks[0].id })).toEqual(['queued']);
  });

  it('has missing and empty values at its end, in both directions', async () => {
    const first = async (order_by: string) => (await names({ order_by: [order_by] })).slice(0, 2);
    expect(await first('comment')).toEqual(['high', 'low']);
    expect(await first('-comment')).toEqual(['low', 'high']);
    expect(await first(`${loss}.value`)).toEqual(['low', 'high']);
    expect(await first(`-${loss}.value`)).toEqual(['high', 'low']);
    expect((await names({ order_by: ['tags'] }))[0]).toBe('high');
  });

  it('carries what only_fields names, or all but what it excludes', async () => {
    const one = async (only_fields: string[]) => {
      const { tasks } = await api.ok('tasks.get_all', { name: '^low$', only_fields });
      return tasks[0];
    };
    expect(Object.keys(await one(['name', 'name.first', 'runtime.hash'])).sort()).toEqual([
      'id',
      'name',
      'runtime',
    ]);
    const most = await one(['-runtime', '-script']);
    expect(most).not.toHaveProperty('runtime');
    expect(most).toMatchObject({ name: 'low', status: 'created' });
  });

  it.each([
    [{ _any_: { fields: ['name'], datetime: ['>2020-01-01'] } }, '400/12'],
    [{ _any_: { pattern: 'x' } }, '400/12'],
    [{ _any_: { fields: ['name'], pattern: '(' } }, '400/21'],
    [{ last_iteration: ['many', null] }, '400/12'],
    [{ scroll_id: 'nonsense' }, '400/1104'],
    [{ only_fields: ['-nothing'] }, '400/14'],
    [{ page: 1e30 }, '400/12'],
  ])('with %j is refused with %s', async (request, code) => {
    expect((await api.call('tasks.get_all', request)).code).toBe(code);
  });
});
