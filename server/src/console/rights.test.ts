import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestConsole, type TestConsole } from '../../test/console.ts';
import { createTask } from '../features/tasks/index.ts';

let console: TestConsole;
let tasks: string;
let models: string;

beforeAll(async () => {
  console = await createTestConsole();
  const taskId = await createTask(console.scope(), { name: 'forecast', type: 'inference' });
  const task = await console.call('POST', 'task-mappings', { task_id: taskId, default_queue: 'default' });
  tasks = `task-mappings/${task.body.id}`;
  const model = await console.call('POST', 'endpoint-mappings', {
    serving_task_id: taskId,
    endpoint: 'digits',
  });
  models = `endpoint-mappings/${model.body.id}`;
});

afterAll(() => console.close());

test('rights and limits are written, read and taken away again', async () => {
  const user = await console.personOf('user');
  const rights = {
    access: 'listed',
    allowed_roles: ['developer', 'lab-member'],
    allowed_groups: ['/lab/vision'],
    allowed_users: [user.id, user.id],
    calls_per_minute: 10,
    calls_per_day: 100,
  };
  const written = { ...rights, allowed_groups: ['lab/vision'], allowed_users: [user.id] };
  for (const path of [tasks, models]) {
    expect((await console.call('PATCH', path, rights)).body).toMatchObject(written);
    expect((await console.call('PATCH', path, { description: 'other' })).body).toMatchObject(written);
    const freed = await console.call('PATCH', path, { calls_per_minute: null, allowed_roles: [] });
    expect(freed.body).toMatchObject({ ...written, calls_per_minute: null, allowed_roles: [] });
  }
  // An id can be given to another account later.
  await console.database.db.deleteFrom('users').where('id', '=', user.id).execute();
  for (const path of [tasks, models])
    expect((await console.call('GET', path)).body.allowed_users).toEqual([]);
});

test.each([
  [{ access: 'everyone' }, 'access', /one of anyone, listed and keys/],
  [{ allowed_roles: 'admin' }, 'allowed_roles', /a list of at most 100 names of roles/],
  [{ allowed_users: ['nobody'] }, 'allowed_users', /no user with the id nobody/],
  [{ calls_per_minute: 0 }, 'calls_per_minute', /a whole number from 1 to 1000000, or null for no limit/],
  [{ calls_per_day: 1.5 }, 'calls_per_day', /a whole number from 1/],
])('%j: 400 naming %s', async (changes, field, words) => {
  for (const path of [tasks, models]) {
    const { status, body } = await console.call('PATCH', path, changes);
    expect([status, body.error.field]).toEqual([400, field]);
    expect(body.error.message).toMatch(words);
  }
});

test('a consumer key is made, rotated and revoked; its secret is shown once', async () => {
  for (const mapping of [tasks, models]) {
    const made = await console.call('POST', `${mapping}/keys`, { name: 'Dashboard', expires_in_days: 30 });
    expect([made.status, made.body]).toEqual([
      201,
      { id: made.body.id, key: expect.stringMatching(/^arnokey_/) },
    ]);
    const path = `${mapping}/keys/${made.body.id}`;
    const list = async () => (await console.call('GET', `${mapping}/keys`)).body.items;
    expect(await list()).toEqual([
      {
        id: made.body.id,
        name: 'Dashboard',
        created_at: expect.any(String),
        created_by: { id: console.admin.userId, name: 'Administrator' },
        expires_at: expect.any(String),
      },
    ]);
    const rotated = await console.call('POST', `${path}/rotate`, { grace_hours: 2 });
    expect([rotated.status, rotated.body]).toEqual([
      200,
      { id: made.body.id, key: expect.stringMatching(/^arnokey_/) },
    ]);
    expect(rotated.body.key).not.toBe(made.body.key);
    expect(await list()).toMatchObject([{ previous_expires_at: expect.any(String) }]);
    expect((await console.call('DELETE', path)).status).toBe(204);
    expect((await console.call('DELETE', path)).status).toBe(404);
    expect((await console.call('POST', `${path}/rotate`, {})).body.error.code).toBe('not_found');
    expect(await list()).toEqual([]);
  }
});

test('a key is found under its own mapping only, and goes with it', async () => {
  const { id } = (await console.call('POST', `${tasks}/keys`, { name: 'x' })).body;
  expect((await console.call('DELETE', `${models}/keys/${id}`)).status).toBe(404);
  expect((await console.call('POST', 'task-mappings/nowhere/keys', { name: 'x' })).status).toBe(404);
  expect((await console.call('POST', `${tasks}/keys`, { name: '' })).body.error.field).toBe('name');
  await console.call('DELETE', tasks);
  expect(await console.database.db.selectFrom('consumer_keys').select('id').execute()).toEqual([]);
});

test('developers read keys, end users do not, and only admins make, rotate and revoke them', async () => {
  const { id } = (await console.call('POST', `${models}/keys`, { name: 'x' })).body;
  const [developer, user] = [await console.personOf('developer'), await console.personOf('user')];
  const code = async (who: typeof user, method: string, path: string) =>
    (await console.call(method, path, method === 'POST' ? {} : undefined, who.headers)).status;
  expect(await code(developer, 'GET', `${models}/keys`)).toBe(200);
  expect(await code(user, 'GET', `${models}/keys`)).toBe(403);
  for (const who of [developer, user]) {
    expect(await code(who, 'POST', `${models}/keys`)).toBe(403);
    expect(await code(who, 'POST', `${models}/keys/${id}/rotate`)).toBe(403);
    expect(await code(who, 'DELETE', `${models}/keys/${id}`)).toBe(403);
    expect(await code(who, 'GET', 'removed-people')).toBe(403);
  }
});

test('people who were removed are listed for admins, who may let them in again', async () => {
  const { id } = await console.personOf('user');
  const { db } = console.database;
  await db.updateTable('users').set({ oidc_issuer: 'i', oidc_subject: 's' }).where('id', '=', id).execute();
  await db.deleteFrom('users').where('id', '=', id).execute();
  const { items } = (await console.call('GET', 'removed-people')).body;
  expect(items).toEqual([{ id, username: id, name: 'user', removed_at: expect.any(String) }]);
  expect((await console.call('DELETE', `removed-people/${id}`)).status).toBe(204);
  expect((await console.call('DELETE', `removed-people/${id}`)).status).toBe(404);
});
