import { afterAll, beforeAll, expect, test } from 'vitest';
import { callRow } from '../../test/calls.ts';
import { createTestConsole, type TestConsole } from '../../test/console.ts';
import { createMachineMapping, createTaskMapping } from '../features/mappings/index.ts';
import { ensureProject } from '../features/projects/index.ts';
import { enqueueTask } from '../features/queues/index.ts';
import { createTask } from '../features/tasks/index.ts';
import { readingsOf } from './dashboard-readings.ts';

let console: TestConsole;
let user: { id: string; headers: { authorization: string } };
let running: string;
const hour = (text: string) => new Date(`2026-05-04T${text}:00Z`);

beforeAll(async () => {
  console = await createTestConsole();
  user = await console.personOf('user');
  const scope = console.scope();
  const taskId = await createTask(scope, { name: 'template', type: 'inference' });
  await createTaskMapping(scope, { task_id: taskId, default_queue: 'default' });
  const machine = { serving_task_id: taskId, base_url: 'http://127.0.0.1:9/serve' };
  await createMachineMapping(scope, { ownPorts: [] }, machine);
  running = await createTask(scope, { name: 'training', type: 'training' });
  const waiting = await createTask(scope, { name: 'waiting', type: 'inference' });
  await enqueueTask(scope, waiting, { queueName: 'services' });
  await addWorkers();
  await addCalls();
});

afterAll(() => console.close());

async function addWorkers(): Promise<void> {
  const { db } = console.database;
  const { company, userId: user_id } = console.admin;
  const { id: services } = await db
    .selectFrom('queues')
    .select('id')
    .where('name', '=', 'services')
    .executeTakeFirstOrThrow();
  const seen = { register_time: new Date(), last_activity_time: new Date(), register_timeout: 60 };
  await db
    .insertInto('workers')
    .values([
      { ...seen, company, user_id, worker_id: 'a:idle', queues: [services] },
      {
        ...{ ...seen, company, user_id, worker_id: 'z:busy', queues: [services], task_id: running },
        machine_stats: JSON.stringify({ cpu_usage: [10, 30], memory_used: 1, memory_free: 3 }),
      },
      { ...seen, company, user_id, worker_id: 'gone', last_activity_time: new Date(0) },
    ])
    .execute();
}

async function addCalls(): Promise<void> {
  const { company } = console.admin;
  const own = { company, kind: 'enqueue', mapping_id: 'm', alias: 'forecast', user_id: user.id };
  const rows = [
    callRow({ ...own, created: hour('08:30'), ended: hour('08:31') }),
    callRow({ ...own, created: hour('08:40'), ended: hour('08:41'), status: 'lost', clone_id: 'c' }),
    callRow({ ...own, created: hour('10:10'), ended: null, status: 'queued', outcome: 'accepted' }),
    callRow({ company, created: hour('09:00'), ended: hour('09:01'), status: 'failed', user_id: 'other' }),
    callRow({ company, created: hour('07:59'), ended: hour('08:00'), user_id: 'other' }),
  ];
  await console.database.db.insertInto('calls').values(rows).execute();
}

const get = async (path: string, headers?: Record<string, string>) =>
  (await console.call('GET', path, undefined, headers)).body;

test('what there is and how it is doing', async () => {
  const { platform } = await get('dashboard');
  expect(platform).toMatchObject({
    mappings: { tasks: 1, endpoints: 0, machines: 1 },
    machines: { items: [{ base_url: 'http://127.0.0.1:9/serve' }] },
    queues: {
      total: 2,
      items: [
        { name: 'services', depth: 1, oldest: expect.any(String), workers: 2 },
        { name: 'default', depth: 0, workers: 0 },
      ],
    },
    tasks_by_status: { created: 2, queued: 1 },
  });
  const { states } = platform.machines;
  expect(states.healthy + states.ejected + states.trial + states.unknown).toBe(1);
});

test('connected workers, those at work first, with what their machines report', async () => {
  const { workers } = (await get('dashboard')).platform;
  expect(workers).toEqual({
    ...{ total: 2, busy: 1 },
    items: [
      {
        ...{ id: 'z:busy', busy: true, task: { id: running, name: 'training' } },
        readings: { cpu: 20, memory_used: 2 ** 20, memory_total: 4 * 2 ** 20 },
      },
      { id: 'a:idle', busy: false, readings: {} },
    ],
  });
});

test('a worker is shown without a task that one may not see', async () => {
  const developer = await console.personOf('developer');
  const { workers, tasks_by_status } = (await get('dashboard', developer.headers)).platform;
  expect(workers.items[0]).toMatchObject({ id: 'z:busy', busy: true });
  expect(workers.items[0]).not.toHaveProperty('task');
  expect(tasks_by_status).toEqual({});
});

test('a developer sees the numbers of the own and shared tasks, and those alone', async () => {
  const developer = await console.personOf('developer');
  const taskIn = async (name: string) => {
    const project = await ensureProject(console.scope(), name);
    await createTask(console.scope(), { name, type: 'training', project });
    return project;
  };
  await taskIn('private');
  const path = `projects/${await taskIn('shared')}/shares`;
  const shares = [{ user_id: developer.id, can_write: false }];
  expect((await console.call('PUT', path, { shares })).status).toBe(200);
  const { tasks_by_status } = (await get('dashboard', developer.headers)).platform;
  expect(tasks_by_status).toEqual({ created: 1 });
});

test('the newest calls, and those that failed or were lost', async () => {
  const { last, last_failed } = await get('dashboard');
  const statuses = (calls: { status: string }[]) => calls.map(({ status }) => status);
  expect(statuses(last)).toEqual(['queued', 'failed', 'lost', 'completed', 'completed']);
  expect(statuses(last_failed)).toEqual(['failed', 'lost']);
});

test('an end user sees the own calls and nothing of the platform', async () => {
  const own = await get('dashboard', user.headers);
  expect(Object.keys(own).toSorted()).toEqual(['last', 'last_failed']);
  expect([own.last.length, own.last_failed.length]).toEqual([3, 1]);
  const calls = await get('dashboard/calls?from=2026-05-04T08:00:00Z', user.headers);
  expect([calls.enqueue[0].calls, calls.ondemand]).toEqual([3, []]);
});

test('the calls of a period: by service in buckets, and by mapping', async () => {
  const calls = await get('dashboard/calls?from=2026-05-04T08:00:00Z&bucket=hour&time_zone=Europe/Rome');
  expect(calls.from).toBe('2026-05-04T08:00:00.000Z');
  expect(calls.enqueue).toMatchObject([
    { start: '2026-05-04T08:00:00.000Z', calls: 2, completed: 1, lost: 1, timings: { total: { count: 2 } } },
    { start: '2026-05-04T10:00:00.000Z', calls: 1, open: 1 },
  ]);
  expect(calls.ondemand).toMatchObject([{ start: '2026-05-04T09:00:00.000Z', calls: 1, failed: 1 }]);
  expect(calls.mappings).toMatchObject([
    { kind: 'enqueue', mapping_id: 'm', alias: 'forecast', calls: 3, lost: 1, open: 1 },
    { kind: 'ondemand', calls: 1, failed: 1 },
  ]);
  const one = await get('dashboard/calls?from=2026-05-04T08:00:00Z&mapping_id=m');
  expect([one.enqueue[0].calls, one.ondemand, one.mappings.length]).toEqual([3, [], 1]);
});

test.each([
  ['bucket=minute', 'bucket'],
  ['time_zone=Mars/Olympus', 'time_zone'],
  ['from=yesterday', 'from'],
  ['from=2999-01-01T00:00:00Z', 'from'],
])('a period that makes no sense is refused by its name: %s', async (query, field) => {
  const { status, body } = await console.call('GET', `dashboard/calls?${query}`);
  expect([status, body.error.field]).toEqual([400, field]);
});

test('readings of one number or many, as far as they were reported', () => {
  const mebibyte = 2 ** 20;
  expect(
    readingsOf({ cpu_usage: 12.5, gpu_usage: [50, 100], gpu_memory_used: [1, 2], gpu_memory_free: [3, 4] }),
  ).toEqual({
    ...{ cpu: 12.5, gpu: 75 },
    ...{ gpu_memory_used: 3 * mebibyte, gpu_memory_total: 10 * mebibyte },
  });
  expect(readingsOf({ gpu_usage: [], cpu_usage: null, memory_used: 'much' })).toEqual({});
  expect(readingsOf(null)).toEqual({});
});
