import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createTestConsole, type TestConsole } from '../../test/console.ts';
import { dropDeletedMappings } from '../features/mappings/index.ts';
import { createTask } from '../features/tasks/index.ts';
import { newId } from '../platform/ids.ts';

let console: TestConsole;
let taskId: string;

beforeAll(async () => {
  console = await createTestConsole();
});

beforeEach(async () => {
  taskId = await createTask(console.scope(), { name: `forecast ${newId()}`, type: 'inference' });
});

afterAll(() => console.close());

const make = async (path: string, input: object) => (await console.call('POST', path, input)).body;
const makeTask = (more: object = {}) =>
  make('task-mappings', { task_id: taskId, default_queue: 'default', ...more });
const get = (path: string) => console.call('GET', path);
const remove = async (path: string) => (await console.call('DELETE', path)).body.audit_id as string;
const restore = (auditId: string) => console.call('POST', `audit/${auditId}/restore`);
const usageOf = async (path: string, ...ids: string[]) =>
  (await get(`${path}/usage?ids=${ids.join(',')}`)).body.items;

test('a deleted mapping comes back with its id, public id, alias, rights, keys and secret', async () => {
  const user = await console.personOf('user');
  const made = await makeTask({
    ...{ access: 'listed', allowed_users: [user.id], allowed_groups: ['lab'], calls_per_day: 5 },
    ...{ queues: [], clone_tags: ['called'], image: 'python:3.12', priority: 'high' },
    ...{ input_schema: { type: 'object' }, example: { hours: 3 } },
  });
  const path = `task-mappings/${made.id}`;
  const { key } = (await console.call('POST', `${path}/keys`, { name: 'Node-RED', expires_in_days: 9 })).body;
  await console.call('POST', `${path}/keys`, { name: 'other' });
  const before = {
    mapping: await get(path),
    keys: await get(`${path}/keys`),
    secret: await get(`${path}/callback-secret`),
  };
  const hashes = () =>
    console.database.db
      .selectFrom('consumer_keys')
      .selectAll()
      .where('task_mapping_id', '=', made.id)
      .orderBy('id')
      .execute();
  const stored = await hashes();

  const entry = await remove(path);
  expect((await get(path)).status).toBe(404);
  expect(await hashes()).toEqual([]);
  const restored = await restore(entry);
  expect([restored.status, restored.body]).toEqual([200, { subject: 'task_mapping', id: made.id }]);
  expect((await get(path)).body).toEqual(before.mapping.body);
  expect((await get(`${path}/keys`)).body).toEqual(before.keys.body);
  expect((await get(`${path}/callback-secret`)).body).toEqual(before.secret.body);
  expect(await hashes()).toEqual(stored);
  expect(key).toMatch(/^arnokey_/);
  expect((await restore(entry)).body.error.message).toMatch(/back already/);
});

test('endpoints and machines come back too', async () => {
  const endpoint = await make('endpoint-mappings', {
    serving_task_id: taskId,
    endpoint: 'digits',
    example: [1],
  });
  const machine = await make('machine-mappings', {
    serving_task_id: taskId,
    base_url: 'http://gpu.lab:9000/serve',
  });
  for (const [path, subject] of [
    [`endpoint-mappings/${endpoint.id}`, 'endpoint_mapping'],
    [`machine-mappings/${machine.id}`, 'machine_mapping'],
  ] as const) {
    const { health: _, ...before } = (await get(path)).body;
    expect((await restore(await remove(path))).body).toMatchObject({ subject });
    const { health: __, ...after } = (await get(path)).body;
    expect(after).toEqual(before);
  }
});

test('a name that was taken meanwhile stays with who has it', async () => {
  const first = await makeTask({ alias: 'wanted' });
  const entry = await remove(`task-mappings/${first.id}`);
  const second = await makeTask({ alias: 'wanted' });
  const refused = await restore(entry);
  expect([refused.status, refused.body.error.code]).toEqual([409, 'conflict']);
  await remove(`task-mappings/${second.id}`);
  expect((await restore(entry)).status).toBe(200);
});

test.each([[['endpoint', 'task']], [['task', 'endpoint']]])(
  'a fallback is set again when both come back, deleted as %j',
  async (order) => {
    const task = await makeTask();
    const endpoint = await make('endpoint-mappings', {
      ...{ serving_task_id: taskId, endpoint: 'digits', fallback_mapping_id: task.id },
    });
    const paths = { task: `task-mappings/${task.id}`, endpoint: `endpoint-mappings/${endpoint.id}` };
    const named = order as (keyof typeof paths)[];
    for (const back of [named, [...named].reverse()]) {
      const entries = new Map<string, string>();
      for (const name of named) entries.set(name, await remove(paths[name]));
      for (const name of back) expect((await restore(entries.get(name) ?? '')).status).toBe(200);
      expect((await get(paths.endpoint)).body.fallback_mapping_id).toBe(task.id);
    }
  },
);

test('an endpoint loses its fallback with it and gets it back', async () => {
  const task = await makeTask();
  const path = `endpoint-mappings/${
    (
      await make('endpoint-mappings', {
        serving_task_id: taskId,
        endpoint: 'digits',
        fallback_mapping_id: task.id,
      })
    ).id
  }`;
  const entry = await remove(`task-mappings/${task.id}`);
  expect((await get(path)).body).not.toHaveProperty('fallback_mapping_id');
  await restore(entry);
  expect((await get(path)).body.fallback_mapping_id).toBe(task.id);
});

test('a person whose account was deleted meanwhile has no right when the mapping is back', async () => {
  const user = await console.personOf('user');
  const made = await makeTask({ access: 'listed', allowed_users: [user.id] });
  const entry = await remove(`task-mappings/${made.id}`);
  await console.database.db.deleteFrom('users').where('id', '=', user.id).execute();
  await restore(entry);
  expect((await get(`task-mappings/${made.id}`)).body.allowed_users).toEqual([]);
});

test('after a day a mapping is gone for good', async () => {
  const entry = await remove(`task-mappings/${(await makeTask()).id}`);
  const { db } = console.database;
  const old = new Date(Date.now() - 25 * 3_600_000);
  await db.updateTable('deleted_mappings').set({ deleted: old }).execute();
  expect((await restore(entry)).status).toBe(404);
  await dropDeletedMappings(db);
  expect(await db.selectFrom('deleted_mappings').select('id').execute()).toEqual([]);
});

test('only an entry about the deletion of a mapping can be undone, and only by admins', async () => {
  const made = await makeTask();
  const { db } = console.database;
  const { id } = await db
    .selectFrom('audit_entries')
    .select('id')
    .where('subject_id', '=', made.id)
    .executeTakeFirstOrThrow();
  expect((await restore(`${id}`)).status).toBe(404);
  expect((await restore('999999')).status).toBe(404);
  expect((await restore('x')).body.error.field).toBe('id');
  const entry = await remove(`task-mappings/${made.id}`);
  const developer = await console.personOf('developer');
  const refused = await console.call('POST', `audit/${entry}/restore`, undefined, developer.headers);
  expect(refused.status).toBe(403);
});

test('who is about to delete learns what hangs on it', async () => {
  const task = await makeTask();
  const endpoint = await make('endpoint-mappings', {
    ...{ serving_task_id: taskId, endpoint: 'digits', fallback_mapping_id: task.id },
  });
  const [one, two] = await Promise.all(
    [9001, 9002].map((port) =>
      make('machine-mappings', { serving_task_id: taskId, base_url: `http://gpu.lab:${port}` }),
    ),
  );
  await console.call('POST', `task-mappings/${task.id}/keys`, { name: 'x' });
  const call = { company: console.admin.company, kind: 'enqueue', created: new Date(), outcome: 'accepted' };
  const numbers = { http_status: 202, duration_ms: 1, bytes_in: 1, bytes_out: 1 };
  await console.database.db
    .insertInto('calls')
    .values([
      { ...call, ...numbers, id: newId(), mapping_id: task.id, status: 'queued' },
      { ...call, ...numbers, id: newId(), mapping_id: task.id, status: 'failed' },
      {
        ...call,
        ...numbers,
        id: newId(),
        mapping_id: endpoint.id,
        machine: one.base_url,
        status: 'completed',
      },
    ])
    .execute();
  const none = { fallback_of: [], endpoints: [], other_machines: 0, keys: 0, calls_7d: 0, open_calls: 0 };
  const named = [{ id: endpoint.id, alias: endpoint.alias }];
  expect(await usageOf('task-mappings', task.id)).toEqual([
    { ...none, id: task.id, name: task.alias, fallback_of: named, keys: 1, calls_7d: 2, open_calls: 1 },
  ]);
  expect(await usageOf('endpoint-mappings', endpoint.id, newId())).toEqual([
    { ...none, id: endpoint.id, name: endpoint.alias, calls_7d: 1 },
  ]);
  expect(await usageOf('machine-mappings', one.id, two.id)).toEqual([
    { ...none, id: one.id, name: one.base_url, endpoints: named, other_machines: 1, calls_7d: 1 },
    { ...none, id: two.id, name: two.base_url, endpoints: named, other_machines: 1 },
  ]);
  const developer = await console.personOf('developer');
  const path = `task-mappings/usage?ids=${task.id}`;
  expect((await console.call('GET', path, undefined, developer.headers)).status).toBe(403);
  expect((await get('task-mappings/usage?ids=x')).body.error.field).toBe('ids');
});
