import { afterAll, beforeAll, expect, test } from 'vitest';
import { callRow } from '../../test/calls.ts';
import { createTestConsole, type TestConsole } from '../../test/console.ts';

let console: TestConsole;
let user: { id: string; headers: { authorization: string } };
let admin: { id: string; headers: { authorization: string } };
const total = 2500;

beforeAll(async () => {
  console = await createTestConsole();
  user = await console.personOf('user');
  admin = await console.personOf('admin');
  const { company } = console.admin;
  const base = Date.now() - 10 * 60_000;
  const rows = Array.from({ length: total }, (_, n) =>
    callRow({
      ...{ company, mapping_id: `m${n}`, alias: `alias-${n}`, machine: 'http://gpu', task_id: 't' },
      // Several share a millisecond, across the pages of an export.
      created: new Date(base + Math.floor(n / 7)),
      user_id: n < 3 ? user.id : 'other',
      request: '{"text":"=1+1"}',
      phases: '{"wait": 1}',
    }),
  );
  const odd = [
    '=HYPERLINK("http://evil")',
    '+1',
    '-1',
    '@SUM(A1)',
    '\tx',
    'a "quoted", two\nlines',
    '\uff1d1',
  ];
  rows.push(
    ...odd.map((caller) => callRow({ company, caller, kind: 'enqueue', error: caller, clone_name: caller })),
  );
  for (let start = 0; start < rows.length; start += 500)
    await console.database.db
      .insertInto('calls')
      .values(rows.slice(start, start + 500))
      .execute();
});

afterAll(() => console.close());

async function download(query: string, { headers } = admin) {
  const answer = await fetch(`${console.address}/console/v1/calls/export?${query}`, { headers });
  // Not text(), which would hide the mark of the encoding.
  const text = Buffer.from(await answer.arrayBuffer()).toString('utf8');
  return { status: answer.status, headers: answer.headers, text };
}

const lines = (text: string) =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

test('JSON lines: all calls of the filter, each once, as the list shows them', async () => {
  const { status, headers, text } = await download('format=ndjson');
  expect(status).toBe(200);
  expect(headers.get('content-type')).toBe('application/x-ndjson');
  expect(headers.get('content-disposition')).toMatch(/^attachment; .*calls-\d{4}-\d\d-\d\d\.ndjson$/);
  const items = lines(text);
  expect(new Set(items.map(({ id }) => id)).size).toBe(total + 7);
  expect(items).toHaveLength(total + 7);
  const listed = (await console.call('GET', 'calls?limit=200')).body.items;
  expect(items.slice(0, 200)).toEqual(listed);
  expect(items[0]).not.toHaveProperty('request');
  expect(lines((await download('format=ndjson&kind=enqueue')).text)).toHaveLength(7);
  const whole = lines((await download('format=ndjson&bodies=true&q=alias-1234')).text);
  expect(whole).toMatchObject([{ alias: 'alias-1234', request: '{"text":"=1+1"}', phases: { wait: 1 } }]);
});

test('CSV: a formula in the text of a caller stays a text', async () => {
  const { headers, text } = await download('format=csv&kind=enqueue');
  expect(headers.get('content-type')).toBe('text/csv; charset=utf-8');
  expect(text.charCodeAt(0)).toBe(0xfeff);
  expect(text.slice(1)).toMatch(/^id,kind,created_at,started_at,ended_at,status,outcome,http_status,/);
  for (const shown of [
    `"'=HYPERLINK(""http://evil"")"`,
    `'+1`,
    `'-1`,
    `'@SUM(A1)`,
    `'\tx`,
    '"a ""quoted"", two\nlines"',
    `'\uff1d1`,
  ])
    expect(text).toContain(`,${shown},`);
  const bodies = (await download('format=csv&bodies=true&q=alias-7&to=2000-01-01T00:00:00Z')).text;
  expect(bodies.trim()).toMatch(/,error,error_detail,phases,request,answer$/);
});

test('an end user exports the own calls, without addresses and real ids', async () => {
  const items = lines((await download('format=ndjson', user)).text);
  expect(items.map(({ alias }) => alias).toSorted()).toEqual(['alias-0', 'alias-1', 'alias-2']);
  for (const hidden of ['machine', 'task_id']) expect(items[0]).not.toHaveProperty(hidden);
  expect((await download('format=csv&machine=http://gpu', user)).status).toBe(403);
});

test('what is not meant is refused', async () => {
  expect((await download('format=xlsx')).text).toContain('format must be csv or ndjson');
  expect((await download('')).status).toBe(400);
  expect((await download('format=csv&before=1-a')).status).toBe(400);
});

test('a client that leaves half-way costs nothing more', async () => {
  const leave = new AbortController();
  const answer = await fetch(`${console.address}/console/v1/calls/export?format=csv&bodies=true`, {
    ...{ headers: admin.headers, signal: leave.signal },
  });
  await answer.body?.getReader().read();
  leave.abort();
  expect((await console.call('GET', 'calls?limit=1')).status).toBe(200);
});

test('calls are deleted by a filter: by admins, and never all by accident', async () => {
  const developer = await console.personOf('developer');
  expect((await console.call('DELETE', 'calls?kind=enqueue', undefined, developer.headers)).status).toBe(403);
  expect((await console.call('DELETE', 'calls')).status).toBe(400);
  expect((await console.call('DELETE', 'calls?stauts=failed')).body.error.field).toBe('stauts');
  expect((await console.call('DELETE', 'calls?kind=enqueue')).body).toEqual({ deleted: 7, more: false });
  expect((await console.call('GET', 'calls?kind=enqueue')).body.items).toEqual([]);
  const { rows } = (await console.call('GET', 'call-stats')).body;
  expect(rows).toMatchObject([{ calls: total + 7 }]);
});
