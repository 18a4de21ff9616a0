import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestConsole, type TestConsole } from '../../test/console.ts';
import { createTask } from '../features/tasks/index.ts';
import { sha256 } from '../platform/ids.ts';

let console: TestConsole;
let taskId: string;
const ownPort = 8080;

beforeAll(async () => {
  console = await createTestConsole({ ownPorts: [ownPort] });
  taskId = await createTask(console.scope(), { name: 'Città – Parking forecast', type: 'inference' });
});

afterAll(() => console.close());

test('a task mapping is made with a public id and an alias from the name of the task', async () => {
  const made = await console.call('POST', 'task-mappings', { task_id: taskId, default_queue: 'default' });
  expect(made.status).toBe(201);
  expect(made.body).toEqual({
    id: made.body.id,
    public_id: sha256(taskId),
    alias: 'citta-parking-forecast',
    task_id: taskId,
    task_name: 'Città – Parking forecast',
    default_queue: 'default',
    queues: null,
    priority: 'normal',
    clone_tags: [],
    description: '',
    access: 'anyone',
    ...{ allowed_roles: [], allowed_groups: [], allowed_users: [] },
    ...{ calls_per_minute: null, calls_per_day: null },
    created_at: made.body.created_at,
    updated_at: made.body.created_at,
  });
  const path = `task-mappings/${made.body.id}`;
  const changed = await console.call('PATCH', path, { image: 'python:3.12', description: 'Parking' });
  expect(changed.body).toMatchObject({
    image: 'python:3.12',
    description: 'Parking',
    alias: made.body.alias,
  });
  expect((await console.call('PATCH', path, { image: '' })).body).not.toHaveProperty('image');
  expect((await console.call('GET', path)).body.description).toBe('Parking');

  const twice = await console.call('POST', 'task-mappings', { task_id: taskId, default_queue: 'default' });
  expect([twice.status, twice.body.error]).toMatchObject([409, { code: 'conflict', field: 'task_id' }]);

  const clone = await createTask(console.scope(), { name: 'città parking forecast', type: 'inference' });
  const second = await console.call('POST', 'task-mappings', { task_id: clone, default_queue: 'default' });
  expect(second.body.alias).toBe('citta-parking-forecast-2');
  const taken = await console.call('PATCH', `task-mappings/${second.body.id}`, { alias: made.body.alias });
  expect([taken.status, taken.body.error]).toMatchObject([409, { code: 'conflict', field: 'alias' }]);

  const list = await console.call('GET', 'task-mappings?q=PARKING&page=1&page_size=1');
  expect([list.body.total, list.body.items.length]).toEqual([2, 1]);
  expect((await console.call('GET', 'task-mappings?q=100%25')).body).toEqual({ items: [], total: 0 });

  const deleted = await console.call('DELETE', path);
  expect([deleted.status, deleted.body]).toEqual([200, { audit_id: expect.stringMatching(/^\d+$/) }]);
  expect((await console.call('DELETE', path)).status).toBe(404);
  expect((await console.call('GET', path)).body.error.code).toBe('not_found');
  expect((await console.call('PATCH', path, { description: 'x' })).status).toBe(404);
});

test('endpoints and machines of one serving task share its public id', async () => {
  const input = { serving_task_id: taskId, endpoint: 'models/digits', deadline_ms: 5000 };
  const endpoint = await console.call('POST', 'endpoint-mappings', input);
  expect(endpoint.body).toMatchObject({ ...input, alias: 'models-digits', public_id: sha256(taskId) });
  expect((await console.call('POST', 'endpoint-mappings', input)).body.error).toMatchObject({
    field: 'endpoint',
  });

  const machine = { serving_task_id: taskId, base_url: 'http://gpu.lab:8080/serve///' };
  const made = await console.call('POST', 'machine-mappings', machine);
  expect(made.body).toMatchObject({ base_url: 'http://gpu.lab:8080/serve', public_id: sha256(taskId) });
  const twice = await console.call('POST', 'machine-mappings', machine);
  expect([twice.status, twice.body.error.field]).toEqual([409, 'base_url']);
  const changed = await console.call('PATCH', `machine-mappings/${made.body.id}`, { description: 'rack 2' });
  expect(changed.body).toMatchObject({ description: 'rack 2', base_url: 'http://gpu.lab:8080/serve' });
  expect((await console.call('GET', 'machine-mappings')).body.total).toBe(1);
});

test('lists are ordered by a column and filtered', async () => {
  const names = ['beta', 'alpha', 'gamma'];
  for (const alias of names) {
    const task_id = await createTask(console.scope(), { name: `sorted ${alias}`, type: 'inference' });
    const access = alias === 'gamma' ? 'keys' : 'anyone';
    await console.call('POST', 'task-mappings', { task_id, default_queue: 'default', alias, access });
  }
  const aliases = async (query: string) =>
    (await console.call('GET', `task-mappings?q=sorted&${query}`)).body.items.map(
      (row: { alias: string }) => row.alias,
    );
  expect(await aliases('')).toEqual(['gamma', 'alpha', 'beta']);
  expect(await aliases('order=alias')).toEqual(['alpha', 'beta', 'gamma']);
  expect(await aliases('order=-task_name')).toEqual(['gamma', 'beta', 'alpha']);
  expect(await aliases('order=alias&page=2&page_size=1')).toEqual(['beta']);
  expect(await aliases('access=keys')).toEqual(['gamma']);
  expect(await aliases('queue=services')).toEqual([]);
  const error = async (path: string) => (await console.call('GET', path)).body.error;
  expect(await error('task-mappings?order=callback_secret')).toMatchObject({ field: 'order' });
  expect(await error('machine-mappings?queue=default')).toMatchObject({ field: 'queue' });
});

test.each([
  ['task-mappings', { default_queue: 'default' }, 'task_id', /missing/],
  ['task-mappings', { task_id: 'x', default_queue: 'default' }, 'task_id', /32 lower-case hex digits/],
  ['task-mappings', { task_id: 'f'.repeat(32), default_queue: 'default' }, 'task_id', /there is no task/],
  ['task-mappings', { task_id: '', default_queue: 'nowhere' }, 'default_queue', /there is no queue nowhere/],
  ['task-mappings', { task_id: '', default_queue: 'default', alias: 'A b' }, 'alias', /lower-case letters/],
  ['task-mappings', { task_id: '', default_queue: 'default', queue: 'x' }, 'queue', /not a field/],
  ['endpoint-mappings', { serving_task_id: '', endpoint: 'a/../b' }, 'endpoint', /plain path/],
  ['endpoint-mappings', { serving_task_id: '', endpoint: 'ok', deadline_ms: 0 }, 'deadline_ms', />= 1/],
  ['machine-mappings', { serving_task_id: '', base_url: 'gpu:8080' }, 'base_url', /http:\/\/ or https/],
  ['machine-mappings', { serving_task_id: '', base_url: 'not a url' }, 'base_url', /not a URL/],
  ['machine-mappings', { serving_task_id: '', base_url: 'http://u:p@gpu/' }, 'base_url', /user name/],
  ['machine-mappings', { serving_task_id: '', base_url: 'http://gpu/?a=1' }, 'base_url', /query/],
  ['machine-mappings', { serving_task_id: '', base_url: 'http://169.254.169.254' }, 'base_url', /link-local/],
  ['machine-mappings', { serving_task_id: '', base_url: 'http://[fe80::1]:9' }, 'base_url', /link-local/],
  ['machine-mappings', { serving_task_id: '', base_url: 'http://0.0.0.0:9' }, 'base_url', /one machine/],
  [
    'machine-mappings',
    { serving_task_id: '', base_url: `http://localhost:${ownPort}` },
    'base_url',
    /Arno's own/,
  ],
  [
    'machine-mappings',
    { serving_task_id: '', base_url: `http://0x7f.1:${ownPort}` },
    'base_url',
    /Arno's own/,
  ],
])('%s %j: 400 naming %s', async (path, input, field, words) => {
  // An empty id in the table stands for one that exists.
  const body = Object.fromEntries(
    Object.entries(input).map(([name, value]) => [
      name,
      name.endsWith('task_id') && value === '' ? taskId : value,
    ]),
  );
  const answer = await console.call('POST', path, body);
  expect([answer.status, answer.body.error.field]).toEqual([400, field]);
  expect(answer.body.error.message).toMatch(words);
});

test('developers read mappings, end users do not, and only admins edit', async () => {
  const developer = await console.personOf('developer');
  const user = await console.personOf('user');
  for (const path of ['task-mappings', 'endpoint-mappings', 'machine-mappings']) {
    expect((await console.call('GET', path, undefined, developer.headers)).status).toBe(200);
    expect((await console.call('POST', path, {}, developer.headers)).body.error.code).toBe('forbidden');
    expect((await console.call('GET', path, undefined, user.headers)).status).toBe(403);
    expect((await console.call('GET', `${path}?page=0`)).body.error.field).toBe('page');
  }
});
