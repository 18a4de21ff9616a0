import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createTestApi, type TestApi } from '../../../test/api.ts';
import { newId } from '../../platform/ids.ts';
import { FileRights } from '../files/index.ts';

let api: TestApi;
/** The session of the agent beside the server. */
let agent: Record<string, string>;
let queue: string;

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

beforeAll(async () => {
  api = await createTestApi();
  const { auth, agent: account } = api.installation;
  const { accessKey, secretKey } = await auth.createKeyPair(account.userId);
  const pair = Buffer.from(`${accessKey}:${secretKey}`).toString('base64');
  const { data } = await api.call('auth.login', {}, { authorization: `Basic ${pair}` });
  agent = { ...bearer(data.token), 'x-clearml-worker': 'arno:embedded' };
});

beforeEach(async () => {
  ({ id: queue } = await api.ok('queues.create', { name: newId() }));
});

afterAll(() => api.close());

interface Person {
  id: string;
  headers: Record<string, string>;
  project: string;
}

async function person(role = 'user'): Promise<Person> {
  const { company } = api.installation.admin;
  const request = { name: 'Some Body', company, email: `${newId()}@example.org`, role };
  const { id } = await api.ok('auth.create_user', request);
  const { token } = await api.ok('auth.get_token_for_user', { user: id });
  const headers = bearer(token);
  const { data } = await api.call('projects.create', { name: `private-${newId()}` }, headers);
  return { id, headers, project: data.id };
}

async function queuedTask({ headers, project }: Person): Promise<string> {
  const { data } = await api.call('tasks.create', { name: 'work', type: 'training', project }, headers);
  const { code } = await api.call('tasks.enqueue', { task: data.id, queue }, headers);
  expect(code).toBe('200/0');
  return data.id;
}

const asAgent = (endpoint: string, request: object) => api.call(endpoint, request, agent);

/** What the agent does with a task, up to the start of its program; answers the program's session. */
async function take(): Promise<{ task: string; program: Record<string, string> }> {
  const { task } = (await asAgent('queues.get_next_task', { queue })).data.entry;
  const { code } = await asAgent('tasks.started', { task });
  expect(code).toBe('200/0');
  const { data } = await asAgent('auth.get_token_for_task', { task });
  return { task, program: bearer(data.token) };
}

test('an agent takes a task of anybody, reports it to its end, and sees no other', async () => {
  const owner = await person();
  const [first, second] = [await queuedTask(owner), await queuedTask(owner)];
  expect((await asAgent('tasks.get_by_id', { task: first })).code).toBe('400/101');
  expect((await asAgent('tasks.started', { task: first })).code).toBe('400/101');
  expect((await asAgent('queues.wait_for_task', { queues: [queue], timeout: 0 })).data).toEqual({
    ready: true,
  });

  expect((await asAgent('queues.get_next_task', { queue })).data.entry.task).toBe(first);
  expect((await asAgent('tasks.get_by_id', { task: first })).data.task.status).toBe('queued');
  expect((await asAgent('tasks.started', { task: first })).code).toBe('200/0');
  await asAgent('workers.status_report', { worker: 'arno:embedded', timestamp: 1, task: first });
  const { task } = await api.ok('tasks.get_by_id', { task: first });
  expect(task).toMatchObject({ status: 'in_progress', last_worker: 'arno:embedded' });
  const line = { type: 'log', task: first, worker: 'w', level: 'info', timestamp: 1, msg: 'hello' };
  expect((await asAgent('events.add_batch', [line])).data).toMatchObject({ added: 1 });
  const { data: list } = await asAgent('tasks.get_all', { only_fields: ['id'], search_hidden: true });
  expect(list.tasks).toEqual([{ id: first }]);
  expect((await asAgent('tasks.completed', { task: first })).code).toBe('200/0');
  expect((await asAgent('events.add_batch', [{ ...line, timestamp: 2 }])).data).toMatchObject({ added: 1 });

  expect((await asAgent('tasks.get_by_id', { task: second })).code).toBe('400/101');
  expect((await asAgent('events.add_batch', [{ ...line, task: second }])).code).toBe('400/131');
  await api.call('tasks.reset', { task: first }, owner.headers);
  expect((await asAgent('tasks.get_by_id', { task: first })).code).toBe('400/101');
});

test('a task that ended a while ago is no longer its agent’s', async () => {
  await queuedTask(await person());
  const { task } = await take();
  await asAgent('tasks.completed', { task });
  await api.database.db
    .updateTable('tasks')
    .set({ status_changed: new Date(Date.now() - 3_600_000) })
    .where('id', '=', task)
    .execute();
  expect((await asAgent('tasks.get_by_id', { task })).code).toBe('400/101');
  expect((await asAgent('auth.get_token_for_task', { task })).code).toBe('400/101');
});

test('an agent can do nothing else', async () => {
  const other = await person();
  for (const [endpoint, request] of [
    ['tasks.create', { name: 'mine', type: 'training' }],
    ['tasks.delete', { task: 'x' }],
    ['tasks.enqueue', { task: 'x' }],
    ['queues.create', { name: 'mine' }],
    ['projects.get_all', {}],
    ['models.get_all', {}],
    ['users.get_all', {}],
    ['auth.create_credentials', {}],
    ['auth.get_token_for_user', { user: other.id }],
    ['storage.get_settings', {}],
  ] as const) {
    expect([endpoint, (await asAgent(endpoint, request)).code]).toEqual([endpoint, '403/20']);
  }
  const asOther = { ...agent, 'x-clearml-impersonate-as': other.id };
  expect((await api.call('tasks.get_all', {}, asOther)).code).toBe('400/6');
  const token = agent.authorization?.slice('Bearer '.length) ?? '';
  await expect(api.installation.auth.callerOfToken(token)).rejects.toThrow('agents');
  const rights = new FileRights(api.database.db);
  const { agent: account } = api.installation;
  expect((await rights.refused(account, ['any/file'], 'read')).has('any/file')).toBe(true);
});

test('the program of a developer’s task reads its owner’s things and no private ones of others', async () => {
  const [owner, other] = [await person(), await person()];
  const foreign = (
    await api.call(
      'tasks.create',
      { name: 'secret', type: 'training', project: other.project },
      other.headers,
    )
  ).data.id;
  const id = await queuedTask(owner);
  const { task, program } = await take();
  expect(task).toBe(id);
  const asProgram = (endpoint: string, request: object = {}) => api.call(endpoint, request, program);

  expect((await asProgram('users.get_current_user')).data.user.id).toBe(owner.id);
  expect((await asProgram('tasks.get_by_id', { task })).code).toBe('200/0');
  expect((await asProgram('projects.get_by_id', { project: owner.project })).code).toBe('200/0');
  const edit = { task, force: true, runtime: { progress: '10' } };
  expect((await asProgram('tasks.edit', edit)).code).toBe('200/0');

  expect((await asProgram('tasks.get_by_id', { task: foreign })).code).toBe('400/101');
  expect((await asProgram('projects.get_by_id', { project: other.project })).code).toBe('400/401');
  expect((await asProgram('tasks.get_all', { project: [other.project] })).data.tasks).toEqual([]);
  expect((await asProgram('queues.get_next_task', { queue })).data).toEqual({});
});

test('a program cannot get what outlives its task, nor administrate', async () => {
  await queuedTask(await person('admin'));
  const { task, program } = await take();
  const other = await person();
  expect((await api.call('tasks.get_by_id', { task }, program)).code).toBe('200/0');
  for (const [endpoint, request] of [
    ['auth.create_credentials', {}],
    ['auth.get_token_for_user', { user: other.id }],
    ['auth.get_token_for_task', { task }],
    ['users.delete', { user: other.id }],
  ] as const) {
    expect([endpoint, (await api.call(endpoint, request, program)).code]).toEqual([endpoint, '403/20']);
  }
  const asOther = { ...program, 'x-clearml-impersonate-as': other.id };
  expect((await api.call('users.get_current_user', {}, asOther)).code).toBe('400/6');

  // The SDK exchanges its token for another one when it connects.
  const { data } = await api.call('auth.login', {}, program);
  expect((await api.call('auth.create_credentials', {}, bearer(data.token))).code).toBe('403/20');
  expect((await api.call('auth.logout', {}, program)).code).toBe('200/0');
  expect((await api.call('tasks.get_by_id', { task }, bearer(data.token))).code).toBe('401/31');
});

test('the program of an end user’s task speaks the API, its owner does not', async () => {
  const owner = await person();
  const task = await queuedTask(owner);
  await api.ok('auth.edit_user', { user: owner.id, role: 'annotator' });
  const { token } = await api.ok('auth.get_token_for_user', { user: owner.id });
  expect((await api.call('tasks.get_by_id', { task }, bearer(token))).code).toBe('403/20');
  const { program } = await take();
  expect((await api.call('tasks.get_by_id', { task }, program)).code).toBe('200/0');
});

test('a task whose owner is gone is refused with the remedy', async () => {
  const owner = await person();
  await queuedTask(owner);
  await api.ok('users.delete', { user: owner.id });
  const { task } = (await asAgent('queues.get_next_task', { queue })).data.entry;
  const refused = await asAgent('auth.get_token_for_task', { task });
  expect(refused).toMatchObject({ code: '400/300', message: expect.stringContaining('clone the task') });
});
