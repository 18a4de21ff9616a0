import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestConsole, type TestConsole } from '../../test/console.ts';
import { startUpstream, type Upstream, unusedPort } from '../../test/upstream.ts';
import { createTask } from '../features/tasks/index.ts';

let console: TestConsole;
let machine: Upstream;
let taskId: string;

beforeAll(async () => {
  machine = await startUpstream(({ path }, response) => {
    if (path === '/elsewhere') response.writeHead(302, { location: 'http://169.254.169.254/' });
    else response.writeHead(path === '/health' ? 200 : 500);
    response.end('internals of the machine');
  });
  console = await createTestConsole({ ownPorts: [8080] });
  taskId = await createTask(console.scope(), { name: 'serving', type: 'inference' });
});

afterAll(async () => {
  await console.close();
  await machine.close();
});

const address = () => `http://127.0.0.1:${machine.port}`;
const look = async (body: object) => (await console.call('POST', 'machine-mappings/test', body)).body;

test('an address is tested before it is registered', async () => {
  const base_url = `${address()}/serve/`;
  const duration_ms = expect.any(Number);
  expect(await look({ base_url })).toEqual({ base_url: `${address()}/serve`, ok: true, duration_ms });
  expect(await look({ base_url, health_path: '/health' })).toMatchObject({ ok: true, http_status: 200 });
  const failing = await look({ base_url, health_path: '/ready' });
  expect(failing).toMatchObject({ ok: false, http_status: 500, error: '/ready answered with HTTP 500' });
  const redirecting = await look({ base_url, health_path: '/elsewhere' });
  expect(redirecting).toMatchObject({ ok: false, http_status: 302 });
  expect(JSON.stringify([failing, redirecting])).not.toContain('internals');
  const refused = await look({ base_url: `http://127.0.0.1:${await unusedPort()}` });
  expect(refused).toMatchObject({ ok: false, error: expect.stringContaining('ECONNREFUSED') });
  const unknown = await look({ base_url: 'http://no-such-machine.invalid/' });
  expect(unknown).toMatchObject({
    ok: false,
    error: expect.stringMatching(/ENOTFOUND|EAI_AGAIN|CONNECT_TIMEOUT/),
  });
});

test.each([
  [{ base_url: 'http://169.254.169.254/' }, 'base_url'],
  [{ base_url: 'http://localhost:8080/' }, 'base_url'],
  [{ base_url: 'http://gpu1/', health_path: '//169.254.169.254/' }, 'health_path'],
  [{ base_url: 'http://gpu1/', follow: true }, 'follow'],
])('%j is refused without a connection', async (body, field) => {
  expect((await look(body)).error).toMatchObject({ code: 'invalid_field', field });
});

test('only admins test addresses, and developers see how machines are doing', async () => {
  const developer = await console.personOf('developer');
  const user = await console.personOf('user');
  const body = { base_url: address() };
  const answer = await console.call('POST', 'machine-mappings/test', body, developer.headers);
  expect(answer.body.error.code).toBe('forbidden');
  expect((await console.call('GET', 'machines/health', undefined, developer.headers)).status).toBe(200);
  expect((await console.call('GET', 'machines/health', undefined, user.headers)).status).toBe(403);
});

test('the state of a machine stands in its row and in the list of all, once the server has looked at it', async () => {
  const input = { serving_task_id: taskId, base_url: address(), health_path: '/health' };
  const { id } = (await console.call('POST', 'machine-mappings', input)).body;
  const health = async () => (await console.call('GET', `machine-mappings/${id}`)).body.health;
  await expect.poll(health).toMatchObject({
    state: 'healthy',
    pending: 0,
    ejections: 0,
    last_check: { ok: true },
  });
  const { items } = (await console.call('GET', 'machines/health')).body;
  expect(items).toEqual([expect.objectContaining({ id, serving_task_id: taskId, base_url: address() })]);
  const changed = await console.call('PATCH', `machine-mappings/${id}`, { health_path: '' });
  expect(changed.body).not.toHaveProperty('health_path');
  await console.call('DELETE', `machine-mappings/${id}`);
  expect((await console.call('GET', 'machines/health')).body.items).toEqual([]);
});

test('limits, fallback and schema of an endpoint are kept, changed and cleared', async () => {
  const task = (await console.call('POST', 'task-mappings', { task_id: taskId, default_queue: 'default' }))
    .body;
  const input = {
    ...{ serving_task_id: taskId, endpoint: 'digits', max_request_bytes: 1000, max_answer_bytes: 2000 },
    ...{ fallback_mapping_id: task.id, input_schema: { type: 'object' }, example: { a: [1] } },
  };
  const made = await console.call('POST', 'endpoint-mappings', input);
  expect(made.body).toMatchObject(input);
  const path = `endpoint-mappings/${made.body.id}`;
  expect((await console.call('PATCH', path, { description: 'x' })).body).toMatchObject(input);
  const none = { max_request_bytes: null, fallback_mapping_id: '', input_schema: null, example: null };
  const cleared = (await console.call('PATCH', path, none)).body;
  expect(cleared).toMatchObject({ max_request_bytes: null, max_answer_bytes: 2000 });
  for (const name of ['fallback_mapping_id', 'input_schema', 'example'])
    expect(cleared).not.toHaveProperty(name);
  for (const [change, field] of [
    [{ max_request_bytes: 0 }, 'max_request_bytes'],
    [{ max_answer_bytes: 2 ** 31 }, 'max_answer_bytes'],
    [{ fallback_mapping_id: 'none' }, 'fallback_mapping_id'],
    [{ input_schema: { type: 'objekt' } }, 'input_schema'],
    [{ input_schema: [] }, 'input_schema'],
    [{ input_schema: { type: 'array' }, example: {} }, 'example'],
  ] as const) {
    expect((await console.call('PATCH', path, change)).body.error).toMatchObject({
      code: 'invalid_field',
      field,
    });
  }
});
