import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTestApi, type TestApi } from '../../../test/api.ts';

let api: TestApi;
beforeAll(async () => {
  api = await createTestApi();
});
afterAll(() => api.close());

it('says who it is, in every version', async () => {
  for (const version of ['2.1', '2.8', '2.12', '999.0']) {
    const info = await api.ok(`v${version}/server.info`);
    expect(info).toMatchObject({ api_version: '2.31', uid: api.installation.id });
    expect(info.version).toMatch(/^\d+(\.\d+)+$/);
  }
  expect(await api.ok('debug.ping')).toEqual({ msg: expect.any(String) });
});

it('lists its endpoints with their versions', async () => {
  const { endpoints } = await api.ok('server.endpoints');
  expect(endpoints).toContainEqual({
    name: 'queues.get_next_task',
    versions: ['2.21', '2.14', '2.4'],
    authorize: true,
  });
  expect(endpoints).toContainEqual({
    name: 'server.info',
    versions: ['2.12', '2.8', '2.1'],
    authorize: false,
  });
});

it('counts what there is', async () => {
  await api.ok('tasks.create', { name: 'counted', type: 'training' });
  const stats = await api.ok('server.get_stats', {});
  expect(stats).toMatchObject({ users: 2, queues: { total: 2, waiting_tasks: 0 }, tasks: { created: 1 } });
});

it('tells settings by their path, none that is secret', async () => {
  const config = await api.ok('server.config', {});
  expect(config.apiserver.workers).toEqual({ default_timeout: 600, lost_after: 60 });
  expect(await api.ok('server.config', { path: 'apiserver.tasks' })).toEqual({ non_responsive_after: 7200 });
  expect(await api.ok('server.config', { path: 'apiserver.workers.lost_after' })).toEqual({
    'apiserver.workers.lost_after': 60,
  });
  expect((await api.call('server.config', { path: 'apiserver.__proto__' })).code).toBe('400/12');
});

it('reports nothing to anybody, also when asked to', async () => {
  expect(await api.ok('server.report_stats_option', { enabled: true })).toMatchObject({
    supported: false,
    enabled: false,
  });
});
