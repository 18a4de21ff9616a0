import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestConsole, type TestConsole } from '../../test/console.ts';
import { createTask } from '../features/tasks/index.ts';

let console: TestConsole;

beforeAll(async () => {
  console = await createTestConsole();
});

afterAll(() => console.close());

const call: TestConsole['call'] = (...request) => console.call(...request);
const cookieOf = (headers: Headers) => headers.get('set-cookie')?.split(';')[0] ?? '';

async function login(username: string, password: string, agent = 'a browser') {
  const { status, headers } = await call('POST', 'login', { username, password }, { 'user-agent': agent });
  return { status, headers: { cookie: cookieOf(headers) } };
}

/** A new account that can log in. */
async function person(username: string, role = 'developer') {
  const { body } = await call('POST', 'users', { username, name: username.toUpperCase(), role });
  return { id: body.user.id as string, password: body.password as string };
}

const entries = async (id: string) => {
  const { items } = (await call('GET', `audit?subject_id=${id}`)).body;
  return items.map(({ action, subject, before, after }: Record<string, unknown>) => ({
    ...{ action, subject, before, after },
  }));
};

test.each([
  ['GET', 'users'],
  ['POST', 'users'],
  ['GET', 'users/x'],
  ['PATCH', 'users/x'],
  ['DELETE', 'users/x'],
  ['GET', 'users/x/belongings'],
  ['POST', 'users/x/password'],
  ...['keys', 'keys/x', 'tokens', 'tokens/x', 'sessions', 'sessions/x'].map((path) => [
    'DELETE',
    `users/x/${path}`,
  ]),
  ['GET', 'removed-people'],
  ['DELETE', 'removed-people/x'],
])('%s %s is for administrators', async (method = '', path = '') => {
  const body = method === 'GET' || method === 'DELETE' ? undefined : {};
  for (const role of ['developer', 'user'] as const) {
    const { headers } = await console.personOf(role);
    expect((await call(method, path, body, headers)).status).toBe(403);
  }
  expect((await call(method, path, body, {})).status).toBe(401);
});

test('names to pick from are for developers too, and have no agents and no disabled people', async () => {
  const { id } = await person('zoe');
  const [developer, user] = [await console.personOf('developer'), await console.personOf('user')];
  const names = async () => (await call('GET', 'people?q=ZO', undefined, developer.headers)).body.items;
  expect(await names()).toEqual([{ id, username: 'zoe', name: 'ZOE' }]);
  // An address is not told, and not to be guessed either.
  await call('PATCH', `users/${id}`, { email: 'z@private.example' });
  expect((await call('GET', 'users?q=private.example')).body.items).toHaveLength(1);
  expect((await call('GET', 'people?q=private.example', undefined, developer.headers)).body.items).toEqual(
    [],
  );
  await call('PATCH', `users/${id}`, { disabled: true });
  expect(await names()).toEqual([]);
  expect((await call('GET', 'people?q=agent')).body.items).toEqual([]);
  expect((await call('GET', 'people', undefined, user.headers)).status).toBe(403);
});

test('a new person gets a password that is shown once, or the one chosen for them', async () => {
  const made = await call('POST', 'users', {
    ...{ username: 'ada', name: ' Ada L. ', role: 'developer', email: 'ada@example.org' },
  });
  expect(made.status).toBe(201);
  const { user, password } = made.body;
  expect(user).toEqual({
    ...{ id: user.id, username: 'ada', name: 'Ada L.', email: 'ada@example.org', role: 'developer' },
    ...{ origin: 'local', has_password: true, created_at: expect.any(String), keys: 0, tokens: 0 },
  });
  expect((await login('ada', password)).status).toBe(200);
  const chosen = { username: 'bea', name: 'Bea', role: 'user', password: 'ten letters' };
  expect((await call('POST', 'users', chosen)).body.password).toBeUndefined();
  expect((await login('bea', 'ten letters')).status).toBe(200);
  expect(await entries(user.id)).toEqual([
    {
      ...{ action: 'create', subject: 'user' },
      after: { username: 'ada', name: 'Ada L.', role: 'developer', email: 'ada@example.org' },
    },
  ]);
});

test.each([
  [{ username: 'ada' }, 409, 'username'],
  [{ username: '../x' }, 400, 'username'],
  [{ name: '   ' }, 400, 'name'],
  [{ role: 'root' }, 400, 'role'],
  [{ email: 'nowhere' }, 400, 'email'],
  [{ password: 'short' }, 400, 'password'],
  [{ admin: true }, 400, 'admin'],
])('a new person with %j: %i about %s', async (wrong, status, field) => {
  const answer = await call('POST', 'users', { username: 'new', name: 'New', role: 'user', ...wrong });
  expect([answer.status, answer.body.error.field]).toEqual([status, field]);
});

test('people are found by words, role, origin and state, in order and by pages', async () => {
  const of = async (query: string) =>
    (await call('GET', `users?${query}`)).body.items.map(({ username }: { username: string }) => username);
  expect(await of('q=ADA%20L')).toEqual(['ada']);
  expect(await of('q=example.org')).toEqual(['ada']);
  expect(await of('origin=agent')).toEqual(['agent']);
  expect(await of('state=disabled')).toEqual(['zoe']);
  expect(await of('q=%25')).toEqual([]);
  const byName = await of('order=username&page_size=500');
  expect(await of('order=-username&page_size=500')).toEqual(byName.toReversed());
  expect(await of('order=username&page_size=2&page=2')).toEqual(byName.slice(2, 4));
  expect((await of('order=-last_seen&page_size=1')).length).toBe(1);
  const { body } = await call('GET', 'users?role=admin&page_size=1');
  expect(body).toMatchObject({ total: 1, items: [{ username: 'admin', role: 'admin' }] });
  expect((await call('GET', 'users?order=password_hash')).status).toBe(400);
});

test('name, e-mail and role are edited; another role ends the sessions', async () => {
  const { id, password } = await person('cleo');
  const { headers } = await login('cleo', password);
  const path = `users/${id}`;
  expect((await call('PATCH', path, { name: 'Cleo', email: 'c@example.org' })).body).toMatchObject({
    ...{ name: 'Cleo', email: 'c@example.org', role: 'developer' },
  });
  expect((await call('GET', 'me', undefined, headers)).status).toBe(200);
  expect((await call('PATCH', path, { email: '', role: 'user' })).body).not.toHaveProperty('email');
  expect((await call('GET', 'me', undefined, headers)).status).toBe(401);
  expect(await entries(id)).toMatchObject([
    {
      ...{ action: 'update', before: { email: 'c@example.org', role: 'developer' } },
      after: { email: null, role: 'user' },
    },
    { action: 'update', after: { name: 'Cleo', email: 'c@example.org' } },
    { action: 'create' },
  ]);
  expect((await call('PATCH', 'users/nobody', { name: 'X' })).status).toBe(404);
});

test('a disabled person does not get in by any way, and does again once enabled', async () => {
  const { id, password } = await person('dora', 'admin');
  const { headers } = await login('dora', password);
  const token = (await call('POST', 'tokens', { name: 't' }, headers)).body.token;
  const pair = (await call('POST', 'keys', {}, headers)).body;
  const basic = Buffer.from(`${pair.access_key}:${pair.secret_key}`).toString('base64');
  const ways = [
    headers,
    { authorization: `Bearer ${token}` },
    { authorization: `Basic ${basic}` },
    { authorization: `Basic ${basic}`, 'x-clearml-impersonate-as': console.admin.userId },
  ];
  const statuses = async () => {
    const answers = await Promise.all(ways.map((way) => call('GET', 'me', undefined, way)));
    return [(await login('dora', password)).status, ...answers.map(({ status }) => status)];
  };
  expect(await statuses()).toEqual([200, 200, 200, 200, 200]);
  const { body } = await call('PATCH', `users/${id}`, { disabled: true });
  expect(body).toMatchObject({ disabled_at: expect.any(String), sessions: [], keys: 1, tokens: 1 });
  expect(await statuses()).toEqual([401, 401, 401, 401, 401]);
  const tokenForThem = {
    cookie: `clearml_token_basic=${(await console.auth.openSession(console.admin)).token}`,
  };
  const spokenFor = { ...tokenForThem, 'x-clearml-impersonate-as': id };
  expect((await call('GET', 'me', undefined, spokenFor)).status).toBe(401);
  await call('PATCH', `users/${id}`, { disabled: false });
  // The session from before stays over.
  expect(await statuses()).toEqual([200, 401, 200, 200, 200]);
  await call('PATCH', `users/${id}`, { role: 'user' });
});

test('nobody loses their own way in, and an administrator is left', async () => {
  const self = `users/${console.admin.userId}`;
  expect((await call('PATCH', self, { role: 'user' })).status).toBe(409);
  expect((await call('PATCH', self, { disabled: true })).status).toBe(409);
  expect((await call('DELETE', self)).status).toBe(409);
  // An administrator who cannot log in is none to rely on.
  const robot = await console.personOf('admin');
  const change = await call('PATCH', self, { role: 'user' }, robot.headers);
  expect(change.body.error).toMatchObject({ code: 'conflict', field: 'role' });
  expect(change.body.error.message).toMatch(/the last administrator/);
  expect((await call('PATCH', self, { disabled: true }, robot.headers)).status).toBe(409);
  expect((await call('DELETE', self, undefined, robot.headers)).status).toBe(409);
  const other = await console.personOf('admin', 'a password');
  expect((await call('DELETE', `users/${other.id}`)).status).toBe(204);
  const agent = (await call('GET', 'users?origin=agent')).body.items[0].id;
  for (const changes of [{ role: 'admin' }, { disabled: true }])
    expect((await call('PATCH', `users/${agent}`, changes)).status).toBe(409);
  expect((await call('DELETE', `users/${agent}`)).status).toBe(409);
  expect((await call('POST', `users/${agent}/password`, {})).status).toBe(409);
});

test('of two administrators who delete each other at once one stays', async () => {
  const pair = await Promise.all([0, 1].map(() => console.personOf('admin', 'a password')));
  await console.database.db
    .updateTable('users')
    .set({ password_hash: null })
    .where('id', '=', console.admin.userId)
    .execute();
  const deletions = pair.map(({ headers }, place) =>
    call('DELETE', `users/${pair[1 - place]?.id}`, undefined, headers),
  );
  const statuses = (await Promise.all(deletions)).map(({ status }) => status);
  expect(statuses.toSorted()[0]).toBe(204);
  expect(statuses.toSorted()[1]).not.toBe(204);
});

test('a new password ends all sessions, and only it gets in', async () => {
  const { id, password } = await person('eve');
  const { headers } = await login('eve', password);
  const reset = await call('POST', `users/${id}/password`, {});
  expect(reset.body.password).toMatch(/^[\w-]{16}$/);
  expect((await call('GET', 'me', undefined, headers)).status).toBe(401);
  expect((await login('eve', password)).status).toBe(401);
  expect((await login('eve', reset.body.password)).status).toBe(200);
  expect((await call('POST', `users/${id}/password`, { password: 'another one' })).body).toEqual({});
  expect((await login('eve', 'another one')).status).toBe(200);
  const audit = await entries(id);
  expect(audit[0]).toEqual({ action: 'rotate', subject: 'user' });
  expect(JSON.stringify(audit)).not.toContain(reset.body.password);
});

test('who is deleted leaves their tasks; keys, tokens, sessions and places in lists go', async () => {
  const { id, password } = await person('fay');
  const { headers } = await login('fay', password);
  const token = (await call('POST', 'tokens', { name: 't' }, headers)).body;
  await call('POST', 'keys', { label: 'laptop' }, headers);
  const scope = console.scope();
  const theirs = { ...scope, caller: { ...scope.caller, userId: id, role: 'developer' as const } };
  const task = await createTask(theirs, { name: 'training', type: 'training' });
  const mapping = await call('POST', 'task-mappings', {
    ...{ task_id: task, default_queue: 'default', alias: 'fays', access: 'listed', allowed_users: [id] },
  });
  expect((await call('GET', `users/${id}/belongings`)).body).toEqual({
    ...{ tasks: 1, running_tasks: 0, models: 0, projects: 0, keys: 1, tokens: 1, sessions: 1, shares: 0 },
    mappings: [{ kind: 'task_mapping', id: mapping.body.id, alias: 'fays' }],
  });
  expect((await call('DELETE', `users/${id}`)).status).toBe(204);
  expect((await call('DELETE', `users/${id}`)).status).toBe(404);
  for (const way of [headers, { authorization: `Bearer ${token.token}` }])
    expect((await call('GET', 'me', undefined, way)).status).toBe(401);
  const { db } = console.database;
  expect(await db.selectFrom('tasks').select('user_id').where('id', '=', task).execute()).toEqual([
    { user_id: id },
  ]);
  expect((await call('GET', `task-mappings/${mapping.body.id}`)).body.allowed_users).toEqual([]);
  expect((await call('GET', `audit?subject_id=${id}&action=delete`)).body.items).toMatchObject([
    { subject_name: 'FAY', before: { username: 'fay', role: 'developer' }, user: { name: 'Administrator' } },
  ]);
});
