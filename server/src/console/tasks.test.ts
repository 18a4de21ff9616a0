import type { TaskSummary } from '@arno/protocol';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestConsole, type TestConsole } from '../../test/console.ts';
import { newId } from '../platform/ids.ts';

let console: TestConsole;
let developer: Awaited<ReturnType<TestConsole['personOf']>>;
let stranger: Awaited<ReturnType<TestConsole['personOf']>>;
const ids = { top: newId(), below: newId(), other: newId() };

const taskId = (index: number) => `${index}`.padStart(2, '0').padStart(32, 'a');

/** Twelve tasks that share many of their values, so that pages must not lean on one of them alone. */
beforeAll(async () => {
  console = await createTestConsole();
  developer = await console.personOf('developer');
  stranger = await console.personOf('developer');
  const { company, userId } = console.admin;
  const { db } = console.database;
  const now = new Date();
  const project = (id: string, name: string, parent?: string) => ({
    ...{ id, company, name, basename: name, created: now, last_update: now },
    ...(parent ? { parent, path: [parent] } : {}),
    user_id: id === ids.other ? userId : developer.id,
  });
  await db.insertInto('projects').values(project(ids.top, 'lab')).execute();
  await db
    .insertInto('projects')
    .values([project(ids.below, 'lab/deep', ids.top), project(ids.other, 'x')])
    .execute();
  const task = (index: number) => {
    const at = new Date(Date.UTC(2026, 0, 1, 0, 0, Math.floor(index / 3)));
    return {
      id: taskId(index),
      company: index === 11 ? '' : company,
      user_id: index % 2 === 0 ? userId : developer.id,
      name: ['Alpha', 'beta', '50%_done'][index % 3] ?? '',
      type: index < 6 ? 'training' : 'inference',
      status: index % 4 === 0 ? 'failed' : 'completed',
      project: [ids.top, ids.below, ids.other, null][index % 4] ?? null,
      tags: index % 5 === 0 ? ['red', 'big, one'] : index % 5 === 1 ? ['red'] : [],
      comment: '',
      ...{ created: at, last_update: at, last_change: at, status_changed: at },
    };
  };
  const hidden = { ...task(1), id: newId(), system_tags: ['archived'] };
  await db
    .insertInto('tasks')
    .values([...Array.from({ length: 12 }, (_, index) => task(index)), hidden])
    .execute();
});

afterAll(() => console.close());

const numbers = (items: TaskSummary[]) => items.map(({ id }) => Number(id.replaceAll('a', '')));
const get = async (query: string, headers?: Record<string, string>) =>
  (await console.call('GET', `tasks${query}`, undefined, headers)).body;
const found = async (filter: string, who?: typeof developer) =>
  numbers((await get(`?limit=50&order=created&${filter}`, who?.headers)).items);

test.each(['last_update', 'created', 'name', 'status', 'type'])(
  'pages in the order %s neither repeat nor skip a task, there and back',
  async (order) => {
    const there = await walk(`?limit=5&order=${order}`, 'after', 'next');
    expect(there.map((page) => page.length)).toEqual([5, 5, 2]);
    expect(new Set(there.flat()).size).toBe(12);
    const back = await walk(`?limit=5&order=${order}`, 'before', 'previous', 'end');
    expect(back.reverse().flat()).toEqual(there.flat());
    const down = await walk(`?limit=5&order=-${order}`, 'after', 'next');
    expect(down.flat().reverse()).toEqual(there.flat());
  },
);

async function walk(path: string, parameter: string, link: 'next' | 'previous', start?: string) {
  const pages: number[][] = [];
  let cursor = start;
  do {
    const page = await get(`${path}${cursor ? `&${parameter}=${cursor}` : ''}`);
    pages.push(numbers(page.items));
    cursor = page[link];
  } while (cursor !== undefined);
  return pages;
}

test('a page says what is on either side of it', async () => {
  const first = await get('?limit=5');
  expect([typeof first.next, first.previous]).toEqual(['string', undefined]);
  const second = await get(`?limit=5&after=${first.next}`);
  expect([typeof second.next, typeof second.previous]).toEqual(['string', 'string']);
  expect((await get(`?limit=5&before=${second.previous}`)).items).toEqual(first.items);
  const last = await get('?limit=5&before=end');
  expect([last.next, typeof last.previous]).toEqual([undefined, 'string']);
});

test('filters', async () => {
  expect(await found('status=failed')).toEqual([0, 4, 8]);
  expect(await found('status=failed,stopped&type=training')).toEqual([0, 4]);
  expect(await found(`project_id=${ids.top}`)).toEqual([0, 1, 4, 5, 8, 9]);
  expect(await found(`project_id=${ids.below}`)).toEqual([1, 5, 9]);
  expect(await found('project_id=gone')).toEqual([]);
  expect(await found(`user_id=${developer.id}&status=completed`)).toEqual([1, 3, 5, 7, 9, 11]);
  expect(await found('tag=red')).toEqual([0, 1, 5, 6, 10, 11]);
  expect(await found('tag=red&tag=big%2C%20one')).toEqual([0, 5, 10]);
  expect(await found('tag=re')).toEqual([]);
  expect(await found('q=ALPHA')).toEqual([0, 3, 6, 9]);
  expect(await found('q=%25_')).toEqual([2, 5, 8, 11]);
  expect(await found('q=_')).toEqual([2, 5, 8, 11]);
  expect(await found(`q=${taskId(7)}`)).toEqual([7]);
  expect((await get('/count?status=failed')).total).toBe(3);
  expect(await get('/count')).toEqual({ total: 12, more: false });
});

test('a row', async () => {
  const { items } = await get(`?q=${taskId(5)}`);
  const at = '2026-01-01T00:00:01.000Z';
  expect(items).toEqual([
    {
      ...{
        id: taskId(5),
        name: '50%_done',
        type: 'training',
        status: 'completed',
        last_iteration: 0,
      },
      tags: ['red', 'big, one'],
      project: { id: ids.below, name: 'lab/deep' },
      user: { id: developer.id, name: 'developer' },
      ...{ created_at: at, status_changed_at: at, last_update_at: at },
    },
  ]);
});

test('people see their own tasks, those of their projects, and public ones', async () => {
  expect(await found('', developer)).toEqual([0, 1, 3, 4, 5, 7, 8, 9, 11]);
  expect(await found('', stranger)).toEqual([11]);
  expect((await get('/count', stranger.headers)).total).toBe(1);
  const own = (await get(`?q=${taskId(0)}`, developer.headers)).items;
  expect(own).toMatchObject([{ project: { id: ids.top, name: 'lab' } }]);
  const shared = { project_id: ids.other, user_id: stranger.id, can_write: false };
  await console.database.db.insertInto('project_shares').values(shared).execute();
  expect(await found('', stranger)).toEqual([2, 6, 10, 11]);
  await console.database.db.deleteFrom('project_shares').where('project_id', '=', ids.other).execute();
});

test('end users know of no tasks', async () => {
  const user = await console.personOf('user');
  for (const path of ['', '/count', '/choices?of=tag'])
    expect((await console.call('GET', `tasks${path}`, undefined, user.headers)).status).toBe(403);
});

test('what a filter can be set to is what the caller may see', async () => {
  const labels = async (query: string, who?: typeof developer) =>
    (await get(`/choices?${query}`, who?.headers)).items.map(({ label }: { label: string }) => label);
  expect(await labels('of=project')).toEqual(['lab', 'lab/deep', 'x']);
  expect(await labels('of=project&q=DEEP')).toEqual(['lab/deep']);
  expect(await labels(`of=project&id=${ids.top}`)).toEqual(['lab']);
  expect(await labels('of=project', stranger)).toEqual([]);
  expect(await labels('of=tag')).toEqual(['big, one', 'red']);
  expect(await labels('of=user')).toEqual(['Administrator', 'developer']);
  expect(await labels('of=user', stranger)).toEqual(['developer']);
});

const cursor = (...place: unknown[]) => Buffer.from(JSON.stringify(place)).toString('base64url');

test.each([
  ['?status=failed;drop', 'status'],
  ['?order=password', 'order'],
  ['?limit=1000', 'limit'],
  ['?after=abc', 'after'],
  [`?after=${cursor('name', 'x', '2026-01-01T00:00:00.000000Z', 'x')}`, 'after'],
  [`?after=${cursor('last_update', '2026-02-30T00:00:00.000000Z', 'x')}`, 'after'],
  [`?before=${cursor('last_update', 'infinity', 'x')}`, 'before'],
  [`?before=${cursor('last_update', '2026-01-01T00:00:00.000000Z')}`, 'before'],
  ['?before=end&after=abc', 'before'],
  ['/choices', 'of'],
  ['/choices?of=password', 'of'],
])('%s: 400 naming %s', async (query, field) => {
  const { status, body } = await console.call('GET', `tasks${query}`);
  expect([status, body.error.code, body.error.field]).toEqual([400, 'invalid_field', field]);
});
