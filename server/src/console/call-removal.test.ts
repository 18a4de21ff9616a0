import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { callRow } from '../../test/calls.ts';
import { createTestConsole, type TestConsole } from '../../test/console.ts';

let console: TestConsole;

beforeAll(async () => {
  console = await createTestConsole();
  const { company } = console.admin;
  const old = new Date('2026-01-01T00:00:00Z');
  const rows = [
    callRow({ company, mapping_id: 'm-old', alias: 'old', created: old }),
    callRow({ company, mapping_id: 'm-old', alias: 'old', created: old, status: 'failed' }),
    callRow({ company, mapping_id: 'm-old', alias: 'old', created: old, status: 'running', ended: null }),
    callRow({ company, mapping_id: 'm-new', alias: 'new' }),
  ];
  await console.database.db.insertInto('calls').values(rows).execute();
});

afterAll(() => console.close());

const aliases = async () => {
  const { items } = (await console.call('GET', 'calls')).body;
  return items.map(({ alias, status }: Record<string, string>) => `${alias} ${status}`).toSorted();
};

test('only administrators delete, and never without a filter', async () => {
  const developer = await console.personOf('developer');
  expect((await console.call('DELETE', 'calls?q=old', undefined, developer.headers)).status).toBe(403);
  for (const path of ['calls', 'calls?q=', 'calls?kind=ondemand&q='])
    expect((await console.call('DELETE', path)).status).toBe(400);
  expect(await aliases()).toHaveLength(4);
});

test('what a filter shows is deleted, except calls that have not ended, and the audit list says so', async () => {
  const { body } = await console.call('DELETE', 'calls?q=old&to=2026-02-01T00:00:00Z');
  expect(body).toEqual({ deleted: 2, more: false });
  expect(await aliases()).toEqual(['new completed', 'old running']);
  const entries = await console.database.db.selectFrom('audit_entries').selectAll().execute();
  expect(entries).toMatchObject([
    {
      ...{ action: 'delete', subject: 'calls', user_id: console.admin.userId, after: null },
      before: { q: 'old', to: '2026-02-01T00:00:00Z', deleted: 2 },
    },
  ]);
});

test('a deletion of many steps has one entry with all of them, written with each', async () => {
  const { company } = console.admin;
  const { db } = console.database;
  const rows = Array.from({ length: 1500 }, () => callRow({ company, mapping_id: 'm-many', alias: 'many' }));
  await db.insertInto('calls').values(rows).execute();
  const { body } = await console.call('DELETE', 'calls?mapping_id=m-many');
  expect(body).toEqual({ deleted: 1500, more: false });
  const entry = db.selectFrom('audit_entries').selectAll().orderBy('id', 'desc').limit(1);
  expect(await entry.executeTakeFirstOrThrow()).toMatchObject({
    before: { mapping_id: 'm-many', deleted: 1500 },
  });
});

test('nothing is deleted without its entry', async () => {
  const { db } = console.database;
  await sql`ALTER TABLE audit_entries ADD CONSTRAINT none CHECK (subject <> 'calls') NOT VALID`.execute(db);
  expect((await console.call('DELETE', 'calls?q=new')).status).toBe(500);
  await sql`ALTER TABLE audit_entries DROP CONSTRAINT none`.execute(db);
  expect(await aliases()).toContain('new completed');
});

test('a deletion that finds nothing leaves no entry', async () => {
  expect((await console.call('DELETE', 'calls?q=nothing')).body).toEqual({ deleted: 0, more: false });
  const entries = await console.database.db.selectFrom('audit_entries').select('id').execute();
  expect(entries).toHaveLength(2);
});

test('calls that come while a deletion runs are not meant, also not by a filter that ends later', async () => {
  const { company } = console.admin;
  const created = new Date(Date.now() + 3_600_000);
  const later = callRow({ company, mapping_id: 'm-later', alias: 'later', created });
  await console.database.db.insertInto('calls').values(later).execute();
  const to = new Date(Date.now() + 7_200_000).toISOString();
  const { body } = await console.call('DELETE', `calls?mapping_id=m-later&to=${to}`);
  expect(body).toEqual({ deleted: 0, more: false });
});
