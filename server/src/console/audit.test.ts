import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestConsole, type TestConsole } from '../../test/console.ts';
import { type Change, recordChange } from '../features/audit/index.ts';

let console: TestConsole;
type Person = Awaited<ReturnType<TestConsole['personOf']>>;
let developer: Person;
let user: Person;
/** Older than a day, yesterday's and today's. */
const days = ['2026-01-01', '2026-01-02', '2026-01-03'];

beforeAll(async () => {
  console = await createTestConsole();
  developer = await console.personOf('developer');
  user = await console.personOf('user');
  const { db } = console.database;
  const change = async (about: Partial<Change>, day = 0) => {
    const entry: Change = { action: 'update', subject: 'user', id: 'u1', name: 'Ada', ...about };
    const id = await recordChange(console.scope(), entry);
    const at = new Date(`${days[day]}T12:00:00Z`);
    await db.updateTable('audit_entries').set({ at }).where('id', '=', Number(id)).execute();
  };
  await change({ before: { role: 'user' }, after: { role: 'admin', note: '=1+1' } });
  await change(
    { subject: 'task_mapping', id: 'm1', name: 'forecast', action: 'create', after: { alias: 'f' } },
    1,
  );
  await change(
    { subject: 'task_mapping', id: 'm1', name: 'forecast', action: 'delete', before: { alias: 'f' } },
    2,
  );
  await change({ subject: 'consumer_key', id: 'k1', name: 'Dashboard', action: 'rotate' }, 2);
  await db
    .updateTable('audit_entries')
    .set({ user_id: 'gone', user_name: 'Bea' })
    .where('subject_id', '=', 'k1')
    .execute();
});

afterAll(() => console.close());

const list = async (query = '', person?: Person) =>
  (await console.call('GET', `audit?${query}`, undefined, person?.headers)).body;
const names = async (query: string, person?: Person) =>
  (await list(query, person)).items.map(
    ({ action, subject_name: name }: Record<string, string>) => `${action} ${name}`,
  );

test('an entry says who did what when, and the fields before and after', async () => {
  const { items } = await list('subject=user');
  expect(items).toEqual([
    {
      ...{ id: expect.any(Number), at: '2026-01-01T12:00:00.000Z', action: 'update', subject: 'user' },
      ...{ subject_id: 'u1', subject_name: 'Ada' },
      user: { id: console.admin.userId, name: 'Administrator' },
      before: { role: 'user', note: null },
      after: { role: 'admin', note: '=1+1' },
    },
  ]);
  expect((await console.call('GET', `audit/${items[0].id}`)).body).toEqual({ ...items[0], names: {} });
});

test('an entry names the people whose ids stand in its fields', async () => {
  const [made] = await console.database.db.transaction().execute(async (db) => [
    await recordChange(
      { ...console.scope(), db },
      {
        ...{ action: 'create', subject: 'session', id: 's', name: 'x' },
        after: { allowed_users: [developer.id, 'nobody'], nested: { by: console.admin.userId } },
      },
    ),
  ]);
  const { names: found } = (await console.call('GET', `audit/${made}`)).body;
  expect(found).toEqual({ [developer.id]: 'developer', [console.admin.userId]: 'Administrator' });
  await console.database.db.deleteFrom('audit_entries').where('id', '=', Number(made)).execute();
});

test.each([
  ['', ['rotate Dashboard', 'delete forecast', 'create forecast', 'update Ada']],
  ['subject=task_mapping,consumer_key&action=create,rotate', ['rotate Dashboard', 'create forecast']],
  ['subject_id=m1', ['delete forecast', 'create forecast']],
  ['user_id=gone', ['rotate Dashboard']],
  ['from=2026-01-02T00:00:00Z&to=2026-01-03T00:00:00%2B00:00', ['create forecast']],
  ['q=FORE', ['delete forecast', 'create forecast']],
  ['q=%22role%22', ['update Ada']],
  ['q=bea', ['rotate Dashboard']],
  ['q=%25', []],
])('found with %j', async (query, found) => {
  expect(await names(query)).toEqual(found);
});

test('the list is read in pages that a new entry does not shift', async () => {
  const first = await list('limit=3');
  expect(first.items).toHaveLength(3);
  expect(first.next).toBe(first.items[2].id);
  const last = await list(`limit=3&before=${first.next}`);
  expect(last.items.map(({ subject_name: name }: { subject_name: string }) => name)).toEqual(['Ada']);
  expect(last).not.toHaveProperty('next');
});

test('developers read what is about mappings, end users nothing', async () => {
  expect(await names('', developer)).toEqual(['delete forecast', 'create forecast']);
  expect(await names('subject=user', developer)).toEqual([]);
  expect(await names('subject_id=u1&q=admin', developer)).toEqual([]);
  const [theirs] = (await list('subject=user')).items;
  expect((await console.call('GET', `audit/${theirs.id}`, undefined, developer.headers)).status).toBe(404);
  expect((await console.call('GET', 'audit/people', undefined, developer.headers)).body.items).toMatchObject([
    { username: 'admin' },
  ]);
  for (const path of ['audit', 'audit/1', 'audit/people', 'audit/export?format=csv']) {
    expect((await console.call('GET', path, undefined, user.headers)).status).toBe(403);
    expect((await console.call('GET', path, undefined, {})).status).toBe(401);
  }
});

test.each([
  ['audit?subject=everything', 'subject'],
  ['audit?action=drop', 'action'],
  ['audit?from=yesterday', 'from'],
  ['audit?to=2026-13-41T00:00:00Z', 'to'],
  ['audit?limit=501', 'limit'],
  ['audit/export?format=xlsx', 'format'],
])('%s: 400', async (path, field) => {
  const { status, body } = await console.call('GET', path);
  expect([status, body.error.field]).toEqual([400, field]);
});

test.each(['0', '-1', '1e3', '99999999999999999', 'x'])('there is no entry %s', async (id) => {
  expect((await console.call('GET', `audit/${id}`)).status).toBe(404);
});

async function download(query: string, headers?: Record<string, string>) {
  const answer = await fetch(`${console.address}/console/v1/audit/export?${query}`, {
    headers: headers ?? { authorization: `Bearer ${(await console.auth.openSession(console.admin)).token}` },
  });
  return { headers: answer.headers, text: await answer.text() };
}

test('the list is exported with its filters, as JSON lines and as CSV without formulas', async () => {
  const lines = (await download('format=ndjson&subject=task_mapping')).text.trim().split('\n');
  expect(lines.map((line) => JSON.parse(line))).toEqual((await list('subject=task_mapping')).items);
  const { headers, text } = await download('format=csv&q=Ada');
  expect(headers.get('content-disposition')).toMatch(/audit-\d{4}-\d\d-\d\d\.csv/);
  expect(text).toMatch(/^id,at,user_id,user_name,action,subject,subject_id,subject_name,before,after\n/);
  expect(text).toContain('"{""note"":""=1+1"",""role"":""admin""}"');
  const theirs = (await download('format=ndjson', developer.headers)).text.trim().split('\n');
  expect(theirs).toHaveLength(2);
});

test('who has somebody else speak is the one who did it', async () => {
  const { token } = await console.auth.openSession(console.admin);
  const headers = { authorization: `Bearer ${token}`, 'x-clearml-impersonate-as': developer.id };
  await console.call('POST', 'tokens', { name: 'theirs' }, headers);
  expect((await list('subject=credentials')).items).toMatchObject([
    { user: { id: console.admin.userId, name: 'Administrator → developer' }, subject_name: 'theirs' },
  ]);
});
