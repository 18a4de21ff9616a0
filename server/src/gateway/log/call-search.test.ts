import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../../test/database.ts';
import type { Caller, Scope } from '../../clearml/endpoint.ts';
import { mergeTextIndexes, rollUpCalls } from './call-changes.ts';
import { type CallFilter, filteredCalls } from './call-filter.ts';
import { callPageQuery, listCalls } from './call-queries.ts';
import { deleteCalls, deleteOldCalls } from './call-removal.ts';

let database: TestDatabase;
const rows = 100_000;
const base = new Date('2026-01-01T00:00:00Z').getTime();

/** A long log: one call a second, of which few failed, few queued a task, and few were made by other people. */
beforeAll(async () => {
  database = await createTestDatabase();
  const { db } = database;
  await sql`INSERT INTO calls (id, company, kind, created, ended, status, outcome, http_status, mapping_id, alias, endpoint, machine,
      clone_id, clone_name, user_id, key_id, caller, duration_ms, bytes_in, bytes_out, error_code, error, error_detail)
    SELECT md5(n::text), 'company', CASE WHEN n % 1000 = 7 THEN 'enqueue' ELSE 'ondemand' END,
      ${new Date(base)}::timestamptz + n * interval '1 second', ${new Date(base)}::timestamptz + n * interval '1 second',
      CASE WHEN n % 500 = 3 THEN 'failed' ELSE 'completed' END, CASE WHEN n % 500 = 3 THEN 'failed' ELSE 'ok' END,
      CASE WHEN n % 500 = 3 THEN 504 ELSE 200 END, 'm' || n % 400, 'model-' || n % 400, 'predict', 'http://gpu-' || n % 300,
      CASE WHEN n % 1000 = 7 THEN md5('clone' || n) END, CASE WHEN n % 1000 = 7 THEN 'template_' || n END,
      CASE WHEN n % 250 = 9 THEN NULL ELSE 'user' || n % 350 END, CASE WHEN n % 250 = 9 THEN 'key' END, 'Person ' || n % 350,
      1, 1, 1, CASE WHEN n % 500 = 3 THEN 'deadline_exceeded' END, CASE WHEN n % 500 = 3 THEN 'no answer in time' END,
      CASE WHEN n = 503 THEN 'ECONNREFUSED 10.1.2.3' END
    FROM generate_series(1, ${rows}) AS n`.execute(db);
  await rollUpCalls(db);
  await mergeTextIndexes(db);
  await sql`ANALYZE calls`.execute(db);
});

afterAll(() => database.close());

const caller: Caller = {
  ...{ userId: 'root', userName: 'Root', company: 'company', companyName: 'Company', role: 'admin' },
};
const scopeOf = (who: Partial<Caller> = {}): Scope => ({
  ...{ db: database.db, caller: { ...caller, ...who }, now: new Date() },
});

interface Plan {
  'Node Type': string;
  'Index Name'?: string;
  'Actual Rows': number;
  'Rows Removed by Filter'?: number;
  Plans?: Plan[];
}
const flat = (plan: Plan): Plan[] => [plan, ...(plan.Plans ?? []).flatMap(flat)];

async function planOf(filter: CallFilter, who?: Partial<Caller>) {
  const before = { created: new Date(base + rows * 500), id: 'f'.repeat(32) };
  const scope = scopeOf(who);
  const query = callPageQuery(scope.db, await filteredCalls(scope, filter), { before, limit: 51 });
  const [row] = await query.explain('json', sql`ANALYZE`);
  const [{ Plan } = {} as never] = (row as unknown as { 'QUERY PLAN': { Plan: Plan }[] })['QUERY PLAN'];
  const nodes = flat(Plan);
  const read = nodes.reduce(
    (sum, node) => Math.max(sum, node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0)),
    0,
  );
  return { types: nodes.map((node) => node['Node Type']), indexes: nodes.map((n) => n['Index Name']), read };
}

test.each<[string, CallFilter, Partial<Caller>?]>([
  ['no filter', {}],
  ['kind', { kind: 'enqueue' }],
  ['status', { status: 'failed' }],
  ['several statuses', { status: ['failed', 'lost', 'running'] }],
  ['outcome', { outcome: 'failed' }],
  ['HTTP status', { httpStatus: 504 }],
  ['an HTTP status that nobody has', { httpStatus: 418 }],
  ['mapping', { mappingId: 'm7' }],
  ['machine', { machine: 'http://gpu-7' }],
  ['a machine that nobody has', { machine: 'http://gone' }],
  ['user', { userId: 'user7' }],
  ['key', { keyId: 'key' }],
  ['period', { from: new Date(base + 1000_000), to: new Date(base + 2000_000) }],
  ['a text that few have', { q: 'template_4200' }],
  ['a text that nobody has', { q: 'no such text' }],
  ['a text that many have', { q: 'model' }],
  ['a system error', { q: 'ECONNREFUSED' }],
  ['the beginning of an id', { q: 'c4ca4238a0b9' }],
  ['ids', { ids: ['c4ca4238a0b923820dcc509a6f75849b'] }],
  ['the own calls', {}, { role: 'user', userId: 'user8' }],
  ['a text in the own calls', { q: 'deadline' }, { role: 'user', userId: 'user8' }],
  ['a text as a developer', { q: 'template_4200' }, { role: 'developer' }],
])('a page comes from an index: %s', async (_what, filter, who) => {
  const { types, indexes, read } = await planOf(filter, who);
  expect(types).not.toContain('Seq Scan');
  expect(indexes.some((name) => name?.startsWith('calls_'))).toBe(true);
  // Not the whole log: a page, or what one caller, mapping or text has.
  expect(read).toBeLessThan(3000);
});

const found = async (filter: CallFilter, who?: Partial<Caller>) =>
  (await listCalls(scopeOf(who), filter, { limit: 100 })).length;

test('texts are found anywhere, whatever their case, and only in what one may see', async () => {
  expect(await found({ q: 'TEMPLATE_4_07' })).toBe(0);
  expect(await found({ q: 'emplate_4007' })).toBe(1);
  expect(await found({ q: 'DEADLINE_exceeded', mappingId: 'm3' })).toBe(50);
  expect(await found({ q: 'econnrefused 10.1' })).toBe(1);
  expect(await found({ q: 'http://gpu-299', status: 'failed' })).toBe(0);
  expect(await found({ q: 'http://gpu-3', status: 'failed', mappingId: 'm3' })).toBeGreaterThan(0);
  const owner = { role: 'user', userId: `user${503 % 350}` } as const;
  expect(await found({ q: 'econnrefused' }, owner)).toBe(0);
  expect(await found({ q: 'gpu-' }, owner)).toBe(0);
  expect(await found({ q: 'deadline_exceeded' }, owner)).toBeGreaterThan(0);
});

test('calls are deleted in steps, also when the time is up in between', async () => {
  const admin = scopeOf();
  const first = await deleteCalls(admin, { mappingId: 'm1', to: new Date(base + rows * 1000) }, 60_000);
  expect(first).toEqual({ deleted: rows / 400, more: false });
  const hurried = await deleteCalls(admin, { kind: 'ondemand' }, 0);
  expect(hurried).toEqual({ deleted: 1000, more: true });
  // The oldest go first.
  expect(await found({ to: new Date(base + 1000_000), kind: 'ondemand' })).toBe(0);
});

test('old calls are deleted, but what has not ended or is owed a callback stays', async () => {
  const { db } = database;
  const old = { company: 'company', kind: 'enqueue', created: new Date(base - 1000), http_status: 202 };
  const numbers = { duration_ms: 1, bytes_in: 1, bytes_out: 1 };
  const row = (id: string, status: string) => ({ ...old, ...numbers, id, status, outcome: 'accepted' });
  await db
    .insertInto('calls')
    .values([
      row('old-queued', 'queued'),
      row('old-running', 'running'),
      row('old-owed', 'completed'),
      row('old-told', 'completed'),
    ])
    .execute();
  const callback = { url: 'https://example.org', origin: 'https://lab', mapping_id: 'm' };
  await db
    .insertInto('callbacks')
    .values([
      { ...callback, call_id: 'old-owed', state: 'due' },
      { ...callback, call_id: 'old-told', state: 'done' },
    ])
    .execute();
  const { deleted } = await deleteOldCalls(db, new Date(base), 60_000);
  expect(deleted).toBe(1);
  const left = await db.selectFrom('calls').select('id').where('created', '<', new Date(base)).execute();
  expect(left.map(({ id }) => id).toSorted()).toEqual(['old-owed', 'old-queued', 'old-running']);
});
