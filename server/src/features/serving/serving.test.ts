import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestApi, type TestApi } from '../../../test/api.ts';
import { newId } from '../../platform/ids.ts';

let api: TestApi;

beforeAll(async () => {
  api = await createTestApi();
});

afterAll(() => api.close());

const report = (id: string, url?: string, more: object = {}) => ({
  container_id: id,
  endpoint_name: 'detect',
  model_name: 'yolo',
  ...(url && { endpoint_url: url }),
  ...more,
});

test('a container loads, serves, and is unregistered', async () => {
  const [id, url] = [newId(), `http://${newId()}/detect`];
  await api.ok('serving.register_container', report(id, undefined, { model_version: '3', timeout: 60 }));
  const { instances } = await api.ok('serving.get_loading_instances');
  expect(instances).toMatchObject([
    { id, endpoint: 'detect', model: 'yolo', model_version: '3', uptime_sec: 0, age_sec: expect.any(Number) },
  ]);
  expect((await api.call('serving.container_status_report', report(id))).code).toBe('400/12');
  const numbers = { uptime_sec: 60, requests_num: 5, requests_min: 2.5, latency_ms: 12 };
  const machine_stats = { cpu_usage: [10, 30], gpu_usage: [50], memory_used: 6, memory_free: 2 };
  const reference = [{ type: 'task', value: newId() }];
  await api.ok('serving.container_status_report', report(id, url, { ...numbers, machine_stats, reference }));
  expect((await api.ok('serving.get_loading_instances')).instances).toEqual([]);
  const details = await api.ok('serving.get_endpoint_details', { endpoint_url: url });
  expect(details).toMatchObject({
    endpoint: 'detect',
    url,
    model: 'yolo',
    model_version: '3',
    uptime_sec: 60,
  });
  expect(details.instances).toMatchObject([
    { id, requests: 5, requests_min: 2.5, latency_ms: 12, cpu_count: 2, gpu_count: 1, reference },
  ]);
  expect(await api.ok('serving.unregister_container', { container_id: id })).toEqual({});
  expect((await api.call('serving.unregister_container', { container_id: id })).code).toBe('400/1051');
  expect((await api.call('serving.get_endpoint_details', { endpoint_url: url })).code).toBe('400/1052');
});

test('containers behind one URL are one endpoint, until they fall silent', async () => {
  const [first, second, url] = [newId(), newId(), `http://${newId()}/detect`];
  const one = { requests_num: 5, requests_min: 2, latency_ms: 10, uptime_sec: 30 };
  const two = { requests_num: 7, requests_min: 1, latency_ms: 20, uptime_sec: 90 };
  await api.ok('serving.container_status_report', report(first, url, one));
  await api.ok('serving.container_status_report', report(second, url, two));
  const endpoints = async () => {
    const answer = await api.ok('serving.get_endpoints');
    return answer.endpoints.filter((endpoint: { url: string }) => endpoint.url === url);
  };
  const both = { instances: 2, requests: 12, requests_min: 3, latency_ms: 15, uptime_sec: 90 };
  expect(await endpoints()).toMatchObject([{ endpoint: 'detect', model: 'yolo', url, ...both }]);
  await silence(first);
  expect(await endpoints()).toMatchObject([{ instances: 1, requests: 7 }]);
  await silence(second);
  expect(await endpoints()).toEqual([]);
});

const silence = (id: string) =>
  api.database.pool.query(
    `UPDATE serving_containers SET last_report = last_report - interval '601 seconds' WHERE container_id = $1`,
    [id],
  );

test('metrics of a URL over time, by container and together', async () => {
  const [first, second, url] = [newId(), newId(), `http://${newId()}/detect`];
  const send = (id: string, requests_num: number, cpu: number) =>
    api.ok('serving.container_status_report', {
      ...report(id, url, { requests_num, machine_stats: { cpu_usage: [cpu] } }),
    });
  const start = Math.floor(Date.now() / 1000) - 10_000;
  await send(first, 10, 20);
  await send(second, 4, 40);
  await api.database.pool.query(
    'UPDATE serving_metrics SET reported = to_timestamp($2) WHERE endpoint_url = $1',
    [url, start + 10],
  );
  await send(first, 30, 60);
  await api.database.pool.query(
    'UPDATE serving_metrics SET reported = to_timestamp($2) WHERE endpoint_url = $1 AND requests = 30',
    [url, start + 110],
  );
  const ask = (more: object) =>
    api.ok('serving.get_endpoint_metrics_history', {
      ...{ endpoint_url: url, from_date: start, to_date: start + 210, interval: 50 },
      ...more,
    });
  expect(await ask({})).toEqual({
    computed_interval: 50,
    total: { title: 'Number of Requests', dates: [start, start + 100], values: [14, 30] },
    instances: {
      [first]: { title: first, dates: [start, start + 100], values: [10, 30] },
      [second]: { title: second, dates: [start], values: [4] },
    },
  });
  const load = await ask({ metric_type: 'cpu_util', instance_charts: false });
  expect(load).toMatchObject({ total: { dates: [start, start + 100], values: [30, 60] } });
  expect(load.instances).toBeUndefined();
  expect(await ask({ metric_type: 'gpu_util' })).toMatchObject({
    total: { dates: [], values: [] },
    instances: {},
  });
  expect((await ask({ to_date: start + 1_000_000 })).computed_interval).toBe(1000);
  const backwards = { endpoint_url: url, from_date: 2, to_date: 1, interval: 1 };
  expect((await api.call('serving.get_endpoint_metrics_history', backwards)).code).toBe('400/12');
});

test('a container is its owner’s', async () => {
  const owner = newId();
  await api.ok('users.create', { id: owner, name: 'Developer', company: api.installation.admin.company });
  const { token } = await api.ok('auth.get_token_for_user', { user: owner });
  const headers = { authorization: `Bearer ${token}` };
  const [id, url] = [newId(), `http://${newId()}/detect`];
  await api.ok('serving.container_status_report', report(id, url));
  expect((await api.call('serving.container_status_report', report(id, url), headers)).code).toBe('400/1050');
  expect((await api.call('serving.unregister_container', { container_id: id }, headers)).code).toBe(
    '400/1051',
  );
  expect((await api.call('serving.get_endpoints', {}, headers)).data).toEqual({ endpoints: [] });
  expect((await api.call('serving.get_endpoint_details', { endpoint_url: url }, headers)).code).toBe(
    '400/1052',
  );
  const own = newId();
  await api.call('serving.register_container', report(own), headers);
  expect((await api.call('serving.get_loading_instances', {}, headers)).data.instances).toMatchObject([
    { id: own },
  ]);
  expect((await api.ok('serving.get_loading_instances')).instances).toContainEqual(
    expect.objectContaining({ id: own }),
  );
});
