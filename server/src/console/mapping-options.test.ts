import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestConsole, type TestConsole } from '../../test/console.ts';
import { createRemote, createRemoteTasks } from '../../test/remote.ts';
import { ensureProject } from '../features/projects/index.ts';
import { createTask } from '../features/tasks/index.ts';
import { newId } from '../platform/ids.ts';

let console: TestConsole;
let template: string;
let runtime: string;

beforeAll(async () => {
  console = await createTestConsole();
  const scope = console.scope();
  const project = await ensureProject(scope, 'Parking/forecasts');
  template = await createTask(scope, { name: 'Forecast 50%', type: 'inference', project });
  runtime = await createTask(scope, { name: 'Forecast runtime', type: 'service' });
  const clone = await createTask(scope, { name: 'Forecast 50%_20260101_080000', type: 'inference' });
  const call = { company: console.admin.company, kind: 'enqueue', created: new Date(), outcome: 'accepted' };
  const numbers = { http_status: 202, duration_ms: 1, bytes_in: 1, bytes_out: 1 };
  await console.database.db
    .insertInto('calls')
    .values({ ...call, ...numbers, id: newId(), clone_id: clone, status: 'queued' })
    .execute();
});

afterAll(() => console.close());

const options = async (path: string) => (await console.call('GET', `mapping-options/${path}`)).body;

test('tasks are found by name and id, without the clones of calls, and say whether they are published', async () => {
  const found = await options('tasks?q=forecast 50%25');
  const option = { id: template, name: 'Forecast 50%', project: 'Parking/forecasts', type: 'inference' };
  expect(found).toEqual({ items: [option] });
  expect(await options(`tasks?q=${template.slice(0, 12)}`)).toEqual({ items: [option] });
  await console.call('POST', 'task-mappings', { task_id: template, default_queue: 'default', alias: 'mine' });
  expect((await options('tasks?q=forecast')).items).toContainEqual({ ...option, alias: 'mine' });
});

test('a serving task is offered services first, and those of machines before them', async () => {
  const first = async () => (await options('tasks?serving=true')).items[0].id;
  expect(await first()).toBe(runtime);
  await console.call('POST', 'machine-mappings', {
    serving_task_id: template,
    base_url: 'http://gpu.lab:9000',
  });
  expect(await first()).toBe(template);
});

test('queues are offered by name', async () => {
  expect((await options('queues?q=defa')).items).toEqual([{ name: 'default' }]);
  expect((await options('queues?q=nowhere')).items).toEqual([]);
});

test('people, roles and groups are offered; agents are no people', async () => {
  const { id } = await console.personOf('developer');
  const said = { oidc_roles: ['AreaManager', 'admin'], oidc_groups: ['lab/vision'], name: 'Ada' };
  await console.database.db.updateTable('users').set(said).where('id', '=', id).execute();
  expect(await options('callers?q=ada')).toEqual({
    users: [{ id, name: 'Ada', username: id }],
    roles: ['admin', 'developer', 'user', 'AreaManager'],
    groups: ['lab/vision'],
  });
  const other = await console.personOf('user');
  const named = (await options(`callers?q=ada&ids=${other.id},nobody`)).users;
  expect(named.map((user: { id: string }) => user.id)).toEqual([id, other.id]);
  const all = (await options('callers')).users;
  expect(all.map(({ username }: { username: string }) => username)).not.toContain('agent');
});

test('tasks are offered to who edits mappings, the rest to who reads them', async () => {
  const [developer, user] = [await console.personOf('developer'), await console.personOf('user')];
  const status = async (path: string, { headers }: typeof user) =>
    (await console.call('GET', `mapping-options/${path}`, undefined, headers)).status;
  for (const [path, seen] of [
    ['tasks', 403],
    ['queues', 200],
    ['callers', 200],
  ] as const) {
    expect([path, await status(path, developer)]).toEqual([path, seen]);
    expect([path, await status(path, user)]).toEqual([path, 403]);
  }
});

test('another ClearML server is asked for its tasks and queues', async () => {
  const remote = await createRemote();
  const gateway = await createRemoteTasks(remote);
  try {
    const { id } = await remote.api.ok('tasks.create', { name: 'forecast (v1)', type: 'inference' });
    await remote.api.ok('tasks.create', { name: 'forecast (v2)', type: 'inference', tags: ['arno-call:x'] });
    await remote.api.ok('queues.create', { name: 'gpu.large' });
    const { source } = gateway.tasks;
    const search = { text: 'FORECAST (v', serving: false };
    expect(await source.searchTasks(gateway.scope(), search)).toEqual([
      { id, name: 'forecast (v1)', type: 'inference' },
    ]);
    expect(await source.searchQueues(gateway.scope(), 'gpu.')).toEqual(['gpu.large']);
    await remote.close();
    await expect(source.searchTasks(gateway.scope(), search)).rejects.toMatchObject({
      code: 'backend_unavailable',
    });
  } finally {
    await gateway.close();
  }
});
