import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createTestConsole, type TestConsole } from '../../test/console.ts';
import { ensureProject } from '../features/projects/index.ts';
import { ensureQueue } from '../features/queues/index.ts';
import { createTask } from '../features/tasks/index.ts';

let console: TestConsole;
let queue: string;
beforeAll(async () => {
  console = await createTestConsole();
  queue = (await ensureQueue(console.scope(), 'for workers')).id;
});
afterAll(() => console.close());
beforeEach(async () => {
  await console.database.db.deleteFrom('workers').execute();
  await console.database.db.deleteFrom('drained_workers').execute();
});

/** As its reports leave it. */
async function worker(
  worker_id: string,
  { silent = 0, ...more }: { silent?: number } & Record<string, unknown> = {},
) {
  const seen = new Date(Date.now() - silent * 1000);
  await console.database.db
    .insertInto('workers')
    .values({
      ...{ company: console.admin.company, user_id: console.admin.userId, worker_id, ip: '10.0.0.7' },
      ...{ register_time: seen, register_timeout: 600, last_activity_time: seen, queues: [queue] },
      ...more,
    })
    .execute();
}
async function running(worker_id: string, name = 'running task'): Promise<string> {
  const id = await createTask(console.scope(), { name, type: 'training' });
  const started = new Date();
  await console.database.db
    .updateTable('tasks')
    .set({ status: 'in_progress', last_worker: worker_id, started })
    .where('id', '=', id)
    .execute();
  return id;
}
const get = async (path: string, headers?: Record<string, string>) =>
  (await console.call('GET', path, undefined, headers)).body;
const drain = (id: string, method = 'PUT') => console.call(method, `workers/${encodeURIComponent(id)}/drain`);

test('workers are listed with what they serve, run and measure', async () => {
  await worker('gpu-1:0', {
    sender: 'gpu-1',
    machine_stats: JSON.stringify({ cpu_usage: [10, 30], memory_used: 512, memory_free: 512 }),
  });
  await worker('old:0', { silent: 61, queues: [queue, 'f'.repeat(32)] });
  const task = await running('gpu-1:0');
  const { items } = await get('workers');
  expect(items).toEqual([
    {
      ...{
        id: 'gpu-1:0',
        state: 'busy',
        host: 'gpu-1',
        ip: '10.0.0.7',
        tags: [],
        last_seen: expect.any(String),
      },
      user: { id: console.admin.userId, name: console.admin.userName },
      queues: [{ id: queue, name: 'for workers' }],
      task: { id: task, name: 'running task', started: expect.any(String) },
      readings: { cpu: 20, memory_used: 2 ** 29, memory_total: 2 ** 30 },
      registered_at: expect.any(String),
    },
    expect.objectContaining({
      ...{ id: 'old:0', state: 'lost', host: 'old', readings: {} },
      queues: [{ id: queue, name: 'for workers' }, { id: 'f'.repeat(32) }],
    }),
  ]);
  expect(await get('workers/gpu-1:0')).toMatchObject({ tasks: [{ id: task, status: 'in_progress' }] });
  expect((await get('workers/unknown')).error.code).toBe('not_found');
});

test('one that was drained ends what it runs, then is drained, and works again when that is undone', async () => {
  await worker('box:0');
  const task = await running('box:0');
  expect((await drain('box:0')).body).toMatchObject({
    state: 'draining',
    drained: { by: console.admin.userName },
  });
  await console.database.db
    .updateTable('tasks')
    .set({ status: 'completed' })
    .where('id', '=', task)
    .execute();
  expect((await get('workers/box:0')).state).toBe('drained');
  const { served_by, workers } = await get(`queues/${queue}`);
  expect([served_by, workers]).toEqual([[{ id: 'box:0', drained: true }], 1]);
  expect((await drain('box:0')).status).toBe(200);
  const undone = (await drain('box:0', 'DELETE')).body;
  expect([undone.state, undone.drained]).toEqual(['idle', undefined]);
  await drain('box:0', 'DELETE');
  const { rows } = await sql<object>`
    SELECT action, before, after FROM audit_entries WHERE subject = 'worker' AND subject_id = 'box:0' ORDER BY id`.execute(
    console.database.db,
  );
  expect(rows).toEqual([
    { action: 'update', before: { drained: false }, after: { drained: true } },
    { action: 'update', before: { drained: true }, after: { drained: false } },
  ]);
});

test('one that holds a task it has not started is not drained yet', async () => {
  await worker('box:1', { sender: 'box' });
  const task_id = await createTask(console.scope(), { name: 'just given', type: 'training' });
  const held_until = new Date(Date.now() + 60_000);
  const held_by = `${console.admin.userId}:box`;
  await console.database.db
    .insertInto('queue_entries')
    .values({ queue_id: queue, task_id, added: new Date(), held_until, held_by })
    .execute();
  const { state, task } = (await drain('box:1')).body;
  expect([state, task]).toEqual(['draining', undefined]);
  await console.database.db.deleteFrom('queue_entries').execute();
  expect((await get('workers/box:1')).state).toBe('drained');
});

test('one that is drained stays in the list while its agent does not run, until that is undone', async () => {
  await worker('repair:0');
  await drain('repair:0');
  await console.database.db.deleteFrom('workers').execute();
  const { items } = await get('workers');
  expect(items).toMatchObject([{ id: 'repair:0', state: 'away', queues: [] }]);
  expect(items[0]).not.toHaveProperty('last_seen');
  expect((await drain('repair:0', 'DELETE')).status).toBe(204);
  expect((await get('workers')).items).toEqual([]);
  expect((await drain('repair:0')).status).toBe(404);
});

test('developers see workers, without what others run on them, and do not drain; users see none', async () => {
  await worker('box:2');
  await running('box:2', 'of the admin');
  const [developer, user] = [await console.personOf('developer'), await console.personOf('user')];
  const seen = await get('workers/box:2', developer.headers);
  expect([seen.state, seen.task, seen.tasks]).toEqual(['busy', {}, []]);
  const project = await ensureProject(console.scope(), 'secret project');
  const own = console.database.db.updateTable('tasks').set({ user_id: developer.id, project });
  await own.where('name', '=', 'of the admin').execute();
  const theirs = await get('workers/box:2', developer.headers);
  expect([theirs.task.name, theirs.tasks[0].name]).toEqual(['of the admin', 'of the admin']);
  for (const task of [theirs.task, theirs.tasks[0]]) expect(task).not.toHaveProperty('project');
  expect((await console.call('PUT', 'workers/box:2/drain', undefined, developer.headers)).status).toBe(403);
  expect((await console.call('GET', 'workers', undefined, user.headers)).status).toBe(403);
});
