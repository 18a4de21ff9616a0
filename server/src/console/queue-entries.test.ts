import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createTestConsole, type TestConsole } from '../../test/console.ts';
import { ensureProject } from '../features/projects/index.ts';
import { enqueueTask, ensureQueue } from '../features/queues/index.ts';
import { createTask } from '../features/tasks/index.ts';
import { inTransaction } from '../platform/database.ts';

let console: TestConsole;
let queue: string;
let tasks: string[];
let counter = 0;
beforeAll(async () => {
  console = await createTestConsole();
});
afterAll(() => console.close());

beforeEach(async () => {
  queue = (await ensureQueue(console.scope(), `entries ${counter++}`)).id;
  tasks = [];
  for (const name of ['a', 'b', 'c', 'd', 'e']) tasks.push(await queued(name));
});

async function queued(name: string, { isUrgent = false, to = queue } = {}): Promise<string> {
  const id = await createTask(console.scope(), { name: `task ${name}`, type: 'training' });
  await inTransaction(console.database.db, (db) =>
    enqueueTask({ ...console.scope(), db }, id, { queueId: to, isUrgent }),
  );
  return id;
}

const ids = (names: string) => [...names].map((name) => tasks['abcde'.indexOf(name)] ?? name);
const id = (name: string) => ids(name)[0] ?? '';
/** Names of what waits, in its order. */
async function line(of = queue): Promise<string> {
  const { items } = (await console.call('GET', `queues/${of}/entries`)).body;
  return items.map((item: { task: { name: string } }) => item.task.name.slice('task '.length)).join('');
}
const send = async (action: string, body: object) =>
  (await console.call('POST', `queues/${queue}/entries/${action}`, body)).body;
const statusOf = async (task: string) =>
  (await console.database.db
    .selectFrom('tasks')
    .select(['status', 'execution'])
    .where('id', '=', task)
    .executeTakeFirst()) ?? { status: 'none', execution: null };

test('a queue shows what waits, of whom and since when', async () => {
  const { items, total } = (await console.call('GET', `queues/${queue}/entries?page=2&page_size=2`)).body;
  expect(total).toBe(5);
  expect(items).toMatchObject([
    {
      place: 3,
      urgent: false,
      task: { id: id('c'), name: 'task c', type: 'training', user: { name: console.admin.userName } },
    },
    { place: 4, task: { name: 'task d' } },
  ]);
  expect(Date.parse(items[0].added)).toBeGreaterThan(Date.now() - 60_000);
  const found = (await console.call('GET', `queues/${queue}/entries?q=K%20D`)).body;
  expect([found.total, found.items[0].place]).toEqual([1, 4]);
});

test('a developer sees the places of tasks of others, and nothing more of them', async () => {
  const { headers } = await console.personOf('developer');
  const { items, total } = (await console.call('GET', `queues/${queue}/entries`, undefined, headers)).body;
  expect(total).toBe(5);
  expect(items[0]).toEqual({ place: 1, added: expect.any(String), urgent: false });
  const found = (await console.call('GET', `queues/${queue}/entries?q=task`, undefined, headers)).body;
  expect(found.total).toBe(0);
});

test('of an own task in a project of others the project stays unknown', async () => {
  const developer = await console.personOf('developer');
  const project = await ensureProject(console.scope(), 'secret project');
  await console.database.db
    .updateTable('tasks')
    .set({ user_id: developer.id, project })
    .where('id', '=', id('b'))
    .execute();
  const path = `queues/${queue}/entries`;
  const [, entry] = (await console.call('GET', path, undefined, developer.headers)).body.items;
  expect(entry.task).toMatchObject({ id: id('b'), name: 'task b' });
  expect(entry.task).not.toHaveProperty('project');
  const found = (await console.call('GET', `${path}?q=secret`, undefined, developer.headers)).body;
  expect(found.total).toBe(0);
  expect((await console.call('GET', `${path}?q=secret`)).body.total).toBe(1);
});

describe('another place', () => {
  test.each([
    ['e', { before: 'a' }, 'eabcd'],
    ['a', { after: 'e' }, 'bcdea'],
    ['b', { before: 'e' }, 'acdbe'],
    ['d', { after: 'a' }, 'adbce'],
    ['c', { before: 'd' }, 'abcde'],
    ['bd', { to: 'front' }, 'bdace'],
    ['db', { to: 'back' }, 'acebd'],
    ['ae', { after: 'c' }, 'bcaed'],
  ])('%s to %j', async (names, place, expected) => {
    const [[key, value] = ['', '']] = Object.entries(place);
    const where = key === 'to' ? place : { [key]: id(value) };
    expect(await send('place', { task_ids: ids(names), ...where })).toEqual({
      done: expect.arrayContaining(ids(names)),
      gone: [],
    });
    expect(await line()).toBe(expected);
  });

  test('is a matter of the place: what is urgent stays before all else', async () => {
    await queued('u', { isUrgent: true });
    expect(await line()).toBe('uabcde');
    await send('place', { task_ids: [id('e')], to: 'front' });
    expect(await line()).toBe('euabcd');
    const { items } = (await console.call('GET', `queues/${queue}/entries`)).body;
    expect(items.map((item: { urgent: boolean }) => item.urgent)).toEqual([
      true,
      false,
      false,
      false,
      false,
      false,
    ]);
    await queued('v', { isUrgent: true });
    expect(await line()).toBe('evuabcd');
  });

  test('of many at once by many people is some order of all of them', async () => {
    const moves = Array.from({ length: 40 }, (_, index) => ({
      task_ids: [tasks[index % 5]],
      to: index % 2 ? 'front' : 'back',
    }));
    await Promise.all(moves.map((move) => send('place', move)));
    expect([...(await line())].sort().join('')).toBe('abcde');
  });

  test.each([
    [{ to: 'front', before: 'b' }, 'invalid_request', undefined],
    [{}, 'invalid_request', undefined],
    [{ before: 'a' }, 'invalid_field', 'before'],
    [{ after: 'a' }, 'invalid_field', 'after'],
    [{ before: 'gone' }, 'conflict', undefined],
    [{ to: 'middle' }, 'invalid_field', 'to'],
  ])('%j is refused and nothing moves', async (place, code, field) => {
    const where = Object.fromEntries(
      Object.entries(place).map(([key, value]) => [
        key,
        key === 'to' || value === 'gone' ? value : id(value),
      ]),
    );
    expect((await send('place', { task_ids: [id('a')], ...where })).error).toMatchObject({
      code,
      ...(field && { field }),
    });
    expect(await line()).toBe('abcde');
  });
});

describe('another queue', () => {
  test('takes tasks at its end, urgent ones before the others, and their tasks know it', async () => {
    const to = (await ensureQueue(console.scope(), `target ${counter++}`)).id;
    await queued('x', { to });
    const urgent = await queued('u', { isUrgent: true });
    const answer = await send('transfer', { task_ids: [id('d'), id('b'), urgent, 'unknown'], queue_id: to });
    expect(answer).toEqual({ done: expect.arrayContaining([id('b'), id('d'), urgent]), gone: ['unknown'] });
    expect([await line(), await line(to)]).toEqual(['ace', 'uxbd']);
    expect(await statusOf(id('b'))).toMatchObject({ status: 'queued', execution: { queue: to } });
  });

  test('must be another one that exists', async () => {
    for (const queue_id of [queue, 'f'.repeat(32)])
      expect((await send('transfer', { task_ids: [id('a')], queue_id })).error).toMatchObject({
        field: 'queue_id',
      });
  });

  test('gets nothing that an agent was given meanwhile', async () => {
    const to = (await ensureQueue(console.scope(), `target ${counter++}`)).id;
    await console.database.db
      .updateTable('queue_entries')
      .set({ held_until: new Date(Date.now() + 60_000), held_by: 'agent' })
      .where('task_id', '=', id('a'))
      .execute();
    for (const [action, more] of [
      ['transfer', { queue_id: to }],
      ['remove', {}],
      ['place', { to: 'back' }],
    ] as const)
      expect(await send(action, { task_ids: [id('a')], ...more })).toEqual({ done: [], gone: [id('a')] });
    expect([await line(), await line(to)]).toEqual(['bcde', '']);
  });
});

describe('a removal', () => {
  test('makes tasks what they were, and is undone where they stood', async () => {
    const removed = { task_ids: [id('b'), id('c')] };
    expect(await send('remove', removed)).toMatchObject({ done: removed.task_ids });
    expect([await line(), (await statusOf(id('b'))).status]).toEqual(['ade', 'created']);
    expect(await send('remove', removed)).toEqual({ done: [], gone: removed.task_ids });
    expect(await send('restore', { ...removed, before: id('d') })).toEqual({
      done: removed.task_ids,
      gone: [],
    });
    expect([await line(), (await statusOf(id('b'))).status]).toEqual(['abcde', 'queued']);
  });

  test('is undone at the end when the neighbour has gone too, and not for what runs meanwhile', async () => {
    await send('remove', { task_ids: [id('a'), id('b')] });
    await send('remove', { task_ids: [id('c')] });
    await console.database.db
      .updateTable('tasks')
      .set({ status: 'in_progress' })
      .where('id', '=', id('b'))
      .execute();
    const answer = await send('restore', { task_ids: [id('a'), id('b')], before: id('c') });
    expect(answer).toEqual({ done: [id('a')], gone: [id('b')] });
    expect(await line()).toBe('dea');
  });

  test('stands in the audit list with the tasks', async () => {
    await send('remove', { task_ids: [id('a')] });
    const entry = await console.database.db
      .selectFrom('audit_entries')
      .select(['subject', 'action', 'after'])
      .where('subject_id', '=', queue)
      .executeTakeFirstOrThrow();
    expect(entry).toEqual({ subject: 'queue', action: 'update', after: { removed: true, tasks: [id('a')] } });
  });
});
