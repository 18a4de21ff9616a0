import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestConsole, type TestConsole } from '../../test/console.ts';
import { enqueueTask } from '../features/queues/index.ts';
import { createTask } from '../features/tasks/index.ts';

let console: TestConsole;
let user: { id: string; headers: { authorization: string } };

beforeAll(async () => {
  console = await createTestConsole();
  user = await console.personOf('user');
  const { db } = console.database;
  const base = Date.now() - 60_000;
  const row = (index: number) => ({
    id: `${index}`.padStart(32, '0'),
    company: index === 0 ? '' : console.admin.company,
    user_id: index % 3 === 1 ? user.id : console.admin.userId,
    kind: index % 2 === 0 ? 'enqueue' : 'ondemand',
    // Pairs of calls share a millisecond, so that pages must not lean on time alone.
    created: new Date(base + Math.floor(index / 2)),
    outcome: index === 0 ? 'failed' : 'ok',
    status: index === 0 ? 'failed' : 'completed',
    http_status: index === 0 ? 401 : 200,
    alias: index < 4 ? 'alias-m' : `alias-${index}`,
    mapping_id: index < 4 ? 'm' : `m${index}`,
    key_id: index === 5 ? 'k' : null,
    task_id: 't'.repeat(32),
    machine: 'http://gpu',
    duration_ms: 1.5,
    bytes_in: 1,
    bytes_out: 2,
    phases: JSON.stringify({ zeta: 1, a: 2 }),
    request: '{}',
    answer: '{"n": 1}',
  });
  await db
    .insertInto('calls')
    .values(Array.from({ length: 12 }, (_, index) => row(index)))
    .execute();
});

afterAll(() => console.close());

const numbers = (items: { id: string }[]) => items.map(({ id }) => Number(id));

test('pages of the log, newest first, neither repeat nor skip a call', async () => {
  const seen: number[] = [];
  let next: string | undefined = '';
  while (next !== undefined) {
    const { body } = await console.call('GET', `calls?limit=5${next && `&before=${next}`}`);
    seen.push(...numbers(body.items));
    next = body.next;
  }
  expect(seen).toEqual([11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0]);
});

test('filters', async () => {
  const ids = async (query: string) => numbers((await console.call('GET', `calls?${query}`)).body.items);
  expect(await ids('kind=enqueue&limit=2')).toEqual([10, 8]);
  expect(await ids('status=failed')).toEqual([0]);
  expect(await ids('status=completed,failed')).toHaveLength(12);
  expect(await ids('status=failed,lost')).toEqual([0]);
  expect(await ids('outcome=failed')).toEqual([0]);
  expect(await ids('http_status=401')).toEqual([0]);
  expect(await ids('mapping_id=m&kind=ondemand')).toEqual([3, 1]);
  expect(await ids('key_id=k')).toEqual([5]);
  expect(await ids(`user_id=${user.id}`)).toEqual([10, 7, 4, 1]);
  expect(await ids('machine=http%3A%2F%2Fgpu&limit=1')).toEqual([11]);
  expect(await ids('machine=http%3A%2F%2Fother')).toEqual([]);
  expect(await ids('q=ALIAS-1')).toEqual([11, 10]);
  expect(await ids('q=alias-M')).toEqual([3, 2, 1, 0]);
  expect(await ids('q=alias_1')).toEqual([]);
  expect(await ids(`q=${'11'.padStart(32, '0')}`)).toEqual([11]);
  expect(await ids(`q=${'0'.repeat(31)}&limit=2`)).toEqual([9, 8]);
  const fourth = (await console.call('GET', `calls/${'4'.padStart(32, '0')}`)).body.created_at;
  expect(await ids(`from=${fourth}&limit=200`)).toEqual([11, 10, 9, 8, 7, 6, 5, 4]);
  expect(await ids(`to=${fourth}`)).toEqual([3, 2, 1, 0]);
});

test.each([
  ['kind=other', 'kind'],
  ['before=x', 'before'],
  ['status=failed,odd', 'status'],
  ['from=yesterday', 'from'],
  ['to=2026-02-31T25:00:00Z', 'to'],
  ['http_status=7', 'http_status'],
  ['stauts=failed', 'stauts'],
])('a filter that makes no sense is refused by its name: %s', async (query, field) => {
  const { status, body } = await console.call('GET', `calls?${query}`);
  expect([status, body.error.field]).toEqual([400, field]);
});

test('the detail has the bodies and the phases in their order', async () => {
  const { body } = await console.call('GET', `calls/${'11'.padStart(32, '0')}`);
  expect(body).toMatchObject({ alias: 'alias-11', request: '{}', answer: '{"n": 1}', machine: 'http://gpu' });
  expect(Object.entries(body.phases)).toEqual([
    ['zeta', 1],
    ['a', 2],
  ]);
  for (const hidden of ['company', 'created', 'server']) expect(body).not.toHaveProperty(hidden);
});

test('an end user sees the own calls only, without real ids and addresses', async () => {
  const { items } = (await console.call('GET', 'calls', undefined, user.headers)).body;
  expect(numbers(items)).toEqual([10, 7, 4, 1]);
  expect(items[0]).not.toHaveProperty('task_id');
  expect(items[0]).not.toHaveProperty('machine');
  const guess = await console.call('GET', 'calls?machine=http%3A%2F%2Fgpu', undefined, user.headers);
  expect([guess.status, guess.body.error.field]).toEqual([403, 'machine']);
  expect((await console.call('GET', 'calls?q=gpu', undefined, user.headers)).body.items).toEqual([]);
  const foreign = await console.call('GET', `calls/${'11'.padStart(32, '0')}`, undefined, user.headers);
  expect(foreign.status).toBe(404);
});

test('a call that nobody could be found for is for admins', async () => {
  const developer = await console.personOf('developer');
  const path = `calls/${'0'.repeat(32)}`;
  expect((await console.call('GET', path, undefined, developer.headers)).status).toBe(404);
  expect((await console.call('GET', path)).status).toBe(200);
});

test('a queued call shows what became of its task, and counts as failed when that failed', async () => {
  const { db } = console.database;
  const cases = [
    ['queued', '', 'queued'],
    ['in_progress', '', 'running'],
    ['completed', '', 'completed'],
    ['failed', 'exit code 1', 'failed'],
    ['stopped', '', 'aborted'],
    ['stopped', 'Forced stop (non-responsive)', 'lost'],
  ] as const;
  const queuedClone = async (index: number) => {
    const clone_id = await createTask(console.scope(), { name: 'clone', type: 'inference' });
    await enqueueTask(console.scope(), clone_id, { queueName: 'services' });
    await db
      .insertInto('calls')
      .values(queuedCall(`${index}`.padStart(32, 'e'), clone_id))
      .execute();
    return clone_id;
  };
  for (const [index, [status, status_reason]] of cases.entries()) {
    const id = await queuedClone(index);
    await db.updateTable('tasks').set({ status, status_reason }).where('id', '=', id).execute();
  }
  await db
    .deleteFrom('tasks')
    .where('id', '=', await queuedClone(9))
    .execute();

  const { items } = (await console.call('GET', 'calls?limit=7')).body;
  const statuses = items.map(({ status }: { status: string }) => status);
  expect(statuses).toEqual(['lost', ...cases.map(([, , status]) => status).reverse()]);
  for (const [index, [, , status]] of [...cases.entries()].slice(0, -1)) {
    const found = (await console.call('GET', `calls?status=${status}&kind=enqueue&limit=1`)).body.items;
    expect(found[0].id).toBe(`${index}`.padStart(32, 'e'));
  }
});

test('the list says how long calls are kept', async () => {
  expect((await console.call('GET', 'calls?limit=1')).body.retention_days).toBe(90);
});

test('counting follows filters and rights, and tells what a deletion would leave', async () => {
  const count = async (query: string, headers?: Record<string, string>) =>
    (await console.call('GET', `calls/count?${query}`, undefined, headers)).body;
  expect(await count('q=alias-')).toEqual({ total: 12, kept: 0, more: false });
  expect(await count('q=alias-', user.headers)).toEqual({ total: 4, kept: 0, more: false });
  const guess = await console.call('GET', 'calls/count?machine=http%3A%2F%2Fgpu', undefined, user.headers);
  expect(guess.status).toBe(403);
  const id = 'c'.repeat(32);
  await console.database.db.insertInto('calls').values(queuedCall(id, 'nowhere')).execute();
  expect(await count(`q=${id}`)).toEqual({ total: 1, kept: 1, more: false });
});

test('system errors are for admins and developers', async () => {
  const id = 'd'.repeat(32);
  const row = {
    ...queuedCall(id, 'none'),
    user_id: user.id,
    error: 'no answer',
    error_detail: 'ECONNREFUSED 10.0.0.7',
  };
  await console.database.db.insertInto('calls').values(row).execute();
  expect((await console.call('GET', `calls/${id}`)).body.error_detail).toBe(row.error_detail);
  expect((await console.call('GET', 'calls?q=10.0.0.7')).body.items).toHaveLength(1);
  const own = await console.call('GET', `calls/${id}`, undefined, user.headers);
  expect(own.status).toBe(200);
  expect(own.body).not.toHaveProperty('error_detail');
  expect((await console.call('GET', 'calls?q=10.0.0.7', undefined, user.headers)).body.items).toEqual([]);
});

function queuedCall(id: string, clone_id: string) {
  return {
    ...{ id, clone_id, company: console.admin.company, kind: 'enqueue', created: new Date() },
    ...{ status: 'queued', outcome: 'accepted', http_status: 200, duration_ms: 1, bytes_in: 1, bytes_out: 1 },
  };
}
