import { afterAll, beforeAll, expect, test } from 'vitest';
import { callRow } from '../../test/calls.ts';
import { createTestConsole, type TestConsole } from '../../test/console.ts';
import { createTaskMapping } from '../features/mappings/index.ts';
import { createTask } from '../features/tasks/index.ts';
import { rollUpCalls } from '../gateway/index.ts';

let console: TestConsole;
let user: { id: string; headers: { authorization: string } };
let mappingId: string;

beforeAll(async () => {
  console = await createTestConsole();
  user = await console.personOf('user');
  const { company, userId } = console.admin;
  const { db } = console.database;
  const taskId = await createTask(console.scope(), { name: 'forecast', type: 'inference' });
  mappingId = await createTaskMapping(console.scope(), { task_id: taskId, default_queue: 'default' });
  await db.updateTable('task_mappings').set({ alias: 'by-now' }).execute();
  const rows = [
    callRow({
      company,
      kind: 'enqueue',
      mapping_id: mappingId,
      alias: 'before',
      user_id: userId,
      caller: 'Then',
    }),
    callRow({
      company,
      mapping_id: 'gone',
      alias: '100%',
      machine: 'http://gpu:1',
      user_id: user.id,
      caller: 'user',
    }),
    callRow({
      company,
      mapping_id: 'gone',
      alias: '100%',
      machine: 'http://gpu:2',
      key_id: 'k',
      caller: 'Node-RED',
    }),
    callRow({ company: '', status: 'failed' }),
    callRow({
      company: 'other',
      mapping_id: 'foreign',
      alias: 'foreign',
      user_id: 'foreign',
      caller: 'foreign',
    }),
  ];
  await db.insertInto('calls').values(rows).execute();
  await rollUpCalls(db);
});

afterAll(() => console.close());

const choices = async (query: string, headers?: Record<string, string>) =>
  (await console.call('GET', `calls/choices?${query}`, undefined, headers)).body.items;

test('mappings by their names of now, or of when they were last seen', async () => {
  const gone = { id: 'gone', label: '100%', kind: 'ondemand' };
  const known = { id: mappingId, label: 'by-now', kind: 'enqueue' };
  expect(await choices('of=mapping')).toEqual([gone, known]);
  expect(await choices('of=mapping&kind=enqueue')).toEqual([known]);
  expect(await choices('of=mapping&q=0%25')).toEqual([gone]);
  expect(await choices('of=mapping&q=_')).toEqual([]);
  expect(await choices(`of=mapping&id=${mappingId}`)).toEqual([known]);
});

test('callers are people and consumer keys', async () => {
  expect(await choices('of=caller')).toEqual([
    { id: console.admin.userId, label: 'Administrator', caller: 'person' },
    { id: 'k', label: 'Node-RED', caller: 'key' },
    { id: user.id, label: 'user', caller: 'person' },
  ]);
  expect(await choices('of=caller&q=NODE')).toMatchObject([{ id: 'k' }]);
});

test('machines', async () => {
  expect(await choices('of=machine&kind=ondemand')).toEqual([
    { id: 'http://gpu:1', label: 'http://gpu:1' },
    { id: 'http://gpu:2', label: 'http://gpu:2' },
  ]);
});

test('an end user finds only what the own calls say', async () => {
  expect(await choices('of=mapping', user.headers)).toMatchObject([{ id: 'gone' }]);
  expect(await choices('of=caller', user.headers)).toMatchObject([{ id: user.id }]);
  const machines = await console.call('GET', 'calls/choices?of=machine', undefined, user.headers);
  expect([machines.status, machines.body.error.field]).toEqual([403, 'of']);
});

test('what can be chosen is named when it is not', async () => {
  const { status, body } = await console.call('GET', 'calls/choices?of=colour');
  expect([status, body.error.field]).toEqual([400, 'of']);
});
