import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fillBigLists } from '../../bench/lib/fill-lists.ts';
import { findDocuments } from '../src/clearml/query/index.ts';
import { tasks } from '../src/features/tasks/index.ts';
import { createTestConsole, type TestConsole } from './console.ts';
import { type Explained, explain, statementsOf } from './explain.ts';

let console: TestConsole;
/** Session headers of the admin, of a developer with a tenth of the tasks, and of one with none. */
let callers: Record<'admin' | 'developer' | 'newcomer', Record<string, string> | undefined>;

const tables = ['tasks', 'calls', 'audit_entries'];
const sizes = { tasks: 40_000, calls: 60_000, audit: 30_000 };
/** More than a page with what its filter drops on the way; far less than the lists have. */
const fewRows = 3000;
/** PostgreSQL takes what one may see and what a filter asks for as independent: where they are not, it reads on for longer. */
const fewOfOthers = 8000;

beforeAll(async () => {
  console = await createTestConsole();
  const { pool, db } = console.database;
  const client = await pool.connect();
  await fillBigLists((text, values) => client.query(text, values), console.admin.company, sizes);
  client.release();
  // As the jobs of a server would: texts go into their indexes, and old rows are known to be seen by all.
  await sql`SELECT gin_clean_pending_list(indexrelid) FROM pg_index
    WHERE indexrelid::regclass::text IN ('calls_by_words', 'calls_by_internals', 'tasks_by_words')`.execute(
    db,
  );
  await sql`VACUUM ANALYZE tasks, calls, audit_entries, projects, users`.execute(db);
  const { token } = await console.auth.createAccessToken(idOf('user', 3), 'tests');
  callers = {
    admin: undefined,
    developer: { authorization: `Bearer ${token}` },
    newcomer: (await console.personOf('developer')).headers,
  };
}, 240_000);

afterAll(() => console.close());

function daysAgo(days: number): string {
  return new Date(Date.now() - days * 86_400_000).toISOString();
}

function idOf(what: string, number: number): string {
  return createHash('md5').update(`${what} ${number}`).digest('hex');
}

/** What a request to the console's API makes the database do with tasks and calls. */
async function plansOf(path: string, headers?: Record<string, string>): Promise<Explained[]> {
  return explained(async () => {
    const { status, body } = await console.call('GET', path, undefined, headers);
    expect([status, body.error]).toEqual([200, undefined]);
  });
}

async function explained(work: () => Promise<unknown>): Promise<Explained[]> {
  const { pool } = console.database;
  const plans: Explained[] = [];
  for (const statement of await statementsOf(pool, work)) {
    if (!tables.some((table) => statement.text.includes(table))) continue;
    plans.push(await explain(pool, statement, tables));
  }
  return plans.filter(({ scans }) => scans.length > 0);
}

/** A page comes from an index, which is read about as far as the page goes, and no more than a few rows are sorted. */
function expectPage(plans: Explained[], limit = fewRows): void {
  expect(plans).not.toEqual([]);
  for (const { text, scans, sorted } of plans) {
    for (const { how, index, rows } of scans) {
      expect(index, `${how}: ${text}`).toMatch(/^(tasks|calls|audit_entries)_/);
      expect(rows, `${how} by ${index}: ${text}`).toBeLessThan(limit);
    }
    expect(sorted, text).toBeLessThan(limit);
  }
}

const taskFilters = [
  '',
  'status=failed',
  'status=in_progress',
  'status=queued,publishing',
  'status=failed,stopped',
  'type=training',
  'type=controller',
  'type=qc',
  `project_id=${idOf('project', 1)}`,
  `project_id=${idOf('project', 120)}`,
  'project_id=gone',
  `user_id=${idOf('user', 1)}`,
  `user_id=${idOf('user', 190)}`,
  'tag=tag-3',
  'tag=rare',
  'tag=rare&tag=tag-1&status=completed',
  'tag=nobody',
  'q=unet',
  'q=UNET%20run%20117',
  'q=no%20such%20name',
  `q=${idOf('task', 117).slice(0, 9)}`,
  `type=training&status=failed&q=unet&user_id=${idOf('user', 1)}`,
];
const taskOrders = ['last_update', 'created', 'name', 'status', 'type'].flatMap((name) => [name, `-${name}`]);

describe.each(['admin', 'developer', 'newcomer'] as const)('tasks as %s', (who) => {
  test.each(taskFilters)('a page comes from an index: %s', async (filter) => {
    expectPage(await plansOf(`tasks?${filter}`, callers[who]), who === 'admin' ? fewRows : fewOfOthers);
  });

  test.each(taskOrders)('so does each page in the order %s', async (order) => {
    const path = `tasks?limit=50&order=${order}`;
    expectPage(await plansOf(path, callers[who]));
    expectPage(await plansOf(`${path}&before=end`, callers[who]));
    expectPage(await plansOf(`${path}&status=failed`, callers[who]));
    const { next } = (await console.call('GET', path, undefined, callers[who])).body;
    if (next !== undefined) expectPage(await plansOf(`${path}&after=${next}`, callers[who]));
  });
});

test('a page in the middle is read from there, and not from the beginning', async () => {
  const middle = await console.database.db
    .selectFrom('tasks')
    .select('id')
    .orderBy('last_update')
    .offset(sizes.tasks / 2)
    .executeTakeFirstOrThrow();
  const place = ['last_update', new Date(Date.now() - 200 * 86_400_000).toISOString().replace('Z', '000Z')];
  const after = Buffer.from(JSON.stringify([...place, middle.id])).toString('base64url');
  const [plan] = await plansOf(`tasks?limit=50&after=${after}`);
  expect(plan?.scans).toMatchObject([{ how: 'Index Scan', index: 'tasks_by_update' }]);
  expect(plan?.scans[0]?.rows).toBeLessThan(100);
});

test.each([
  ['', 'tasks_by_update'],
  ['status=completed', 'tasks_by_status'],
  ['type=training', 'tasks_by_type'],
  [`user_id=${idOf('user', 190)}`, 'tasks_by_user'],
])('tasks are counted without reading them: %s', async (filter, index) => {
  const [plan] = await plansOf(`tasks/count?${filter}`);
  expect(plan?.scans).toMatchObject([{ how: 'Index Only Scan', index }]);
});

test.each(['project', 'user', 'tag'])('what tasks are filtered by is found by an index: %s', async (of) => {
  const plans = await plansOf(`tasks/choices?of=${of}`);
  // Tags are those of the tasks that changed last.
  for (const { index } of plans.flatMap(({ scans }) => scans)) expect(index).toMatch(/^tasks_/);
});

const callFilters = [
  '',
  'kind=enqueue',
  'kind=ondemand&status=completed',
  'status=failed',
  'status=lost',
  'kind=enqueue&status=aborted',
  'status=failed,lost',
  'status=queued,running',
  'kind=ondemand&status=completed,failed',
  'outcome=failed',
  'http_status=504',
  'http_status=418',
  `kind=ondemand&mapping_id=${idOf('mapping', 3)}`,
  `mapping_id=${idOf('mapping', 79)}&status=failed`,
  `machine=${encodeURIComponent('http://gpu-7.lab:8082')}`,
  'machine=gone',
  `user_id=${idOf('user', 1)}`,
  `kind=enqueue&user_id=${idOf('user', 190)}`,
  `key_id=${idOf('key', 7)}`,
  `from=${daysAgo(40)}&to=${daysAgo(30)}`,
  'q=forecast3_2',
  'q=alias-3',
  'q=deadline_exceeded',
  'q=no%20such%20text',
  'q=ECONNREFUSED',
  `q=${idOf('call', 117).slice(0, 9)}`,
];

describe.each(['admin', 'developer'] as const)('calls as %s', (who) => {
  test.each(callFilters)('each page comes from an index: %s', async (filter) => {
    const path = `calls?limit=50&${filter}`;
    expectPage(await plansOf(path, callers[who]));
    const { next } = (await console.call('GET', path, undefined, callers[who])).body;
    if (next !== undefined) expectPage(await plansOf(`${path}&before=${next}`, callers[who]));
  });
});

const auditFilters = [
  '',
  'subject=setting',
  'subject=task_mapping,user',
  `subject_id=${idOf('mapping', 7)}`,
  `user_id=${idOf('user', 1)}`,
  `user_id=${idOf('user', 190)}`,
  'action=delete,rotate',
  `from=${daysAgo(10)}`,
  `from=${daysAgo(100)}&to=${daysAgo(95)}`,
  `to=${daysAgo(150)}&subject=user`,
  'q=alias-7',
];

test.each(auditFilters)('changes: each page comes from an index: %s', async (filter) => {
  const path = `audit?limit=50&${filter}`;
  expectPage(await plansOf(path));
  const { next } = (await console.call('GET', path)).body;
  if (next !== undefined) expectPage(await plansOf(`${path}&before=${next}`));
});

test('the palette and the SDK list tasks of the ClearML API by an index too', async () => {
  const recent = { order_by: ['-last_update'], page: 0, page_size: 8 };
  const words = { _any_: { fields: ['name', 'id'], pattern: 'unet' } };
  for (const request of [recent, { ...recent, ...words, system_tags: ['-archived'] }])
    expectPage(await explained(() => findDocuments(console.scope(), tasks, request)));
});
