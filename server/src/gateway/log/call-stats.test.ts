import type { Insertable } from 'kysely';
import { sql } from 'kysely';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { callRow } from '../../../test/calls.ts';
import { createTestDatabase, type TestDatabase } from '../../../test/database.ts';
import type { Caller, Scope } from '../../clearml/endpoint.ts';
import { newId } from '../../platform/ids.ts';
import { createLog } from '../../platform/log.ts';
import type { DB } from '../../platform/schema.ts';
import type { CallRecord } from './call.ts';
import { rollUpCalls } from './call-changes.ts';
import { callStats, type StatsQuery, TooManyRowsError } from './call-stats.ts';
import { insertCallsAgain } from './call-store.ts';
import { CountedInserts } from './counted-inserts.ts';

let database: TestDatabase;
const databases: TestDatabase[] = [];

beforeEach(async () => {
  database = await createTestDatabase();
  databases.push(database);
});

afterAll(async () => {
  await Promise.all(databases.map((one) => one.close()));
});

const day = new Date('2026-03-10T00:00:00Z');
const at = (hours: number) => new Date(day.getTime() + hours * 3_600_000);
const admin: Caller = {
  ...{ userId: 'root', userName: 'Root', company: 'company', companyName: 'Company', role: 'admin' },
};
const scopeOf = (caller: Caller = admin): Scope => ({ db: database.db, caller, now: at(24) });

async function insert(rows: Partial<Insertable<DB['calls']>>[]): Promise<string[]> {
  const made = rows.map((row) => callRow({ created: at(1), ended: at(1), ...row }));
  for (let start = 0; start < made.length; start += 1000)
    await database.db
      .insertInto('calls')
      .values(made.slice(start, start + 1000))
      .execute();
  return made.map(({ id }) => id);
}

const stats = (query: Partial<StatsQuery> = {}, caller?: Caller) =>
  callStats(scopeOf(caller), {
    ...{ from: at(0), to: at(24), bucket: 'all', timeZone: 'UTC', by: 'none', phases: true, maxRows: 1000 },
    ...query,
  });

/** Nearest rank: the time of the call that the share of all calls are not slower than. */
function exactly(values: number[], share: number): number {
  return values.toSorted((a, b) => a - b)[Math.ceil(values.length * share) - 1] ?? Number.NaN;
}

/** Numbers that look random and are the same in each run. */
function* numbers() {
  for (let state = 12345; ; ) {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    yield state / 2 ** 31;
  }
}

test('counts are the same before they are added up, in between, and after', async () => {
  await insert([
    { status: 'completed', bytes_in: 10, bytes_out: 100 },
    { status: 'failed', outcome: 'failed' },
  ]);
  const first = await stats();
  expect(first).toMatchObject([{ calls: 2, completed: 1, failed: 1, lost: 0, bytes_in: 11, bytes_out: 101 }]);
  await rollUpCalls(database.db);
  expect(await stats()).toEqual(first);
  await insert([{ status: 'completed' }]);
  const second = await stats();
  expect(second).toMatchObject([{ calls: 3, completed: 2, failed: 1 }]);
  await rollUpCalls(database.db);
  await rollUpCalls(database.db);
  expect(await stats()).toEqual(second);
  const { rows } = await sql<{ waiting: number }>`SELECT count(*) AS waiting FROM call_changes`.execute(
    database.db,
  );
  expect(rows[0]?.waiting).toBe(0);
});

test('percentiles are within 5 % of the exact ones, whatever the distribution', async () => {
  const random = numbers();
  const next = () => random.next().value as number;
  const distributions: [string, () => number][] = [
    ['even', () => 1 + 99 * next()],
    ['long-tailed', () => 5 * Math.exp(3 * next() * next() * 2)],
    ['two humps', () => (next() < 0.9 ? 2 + next() : 30_000 + 1000 * next())],
    ['microseconds', () => 0.001 + 0.01 * next()],
    ['hours', () => 3_600_000 * (1 + 10 * next())],
  ];
  for (const [alias, draw] of distributions) {
    const times = Array.from({ length: 2000 }, draw);
    const phase = times.map((ms) => ms / 3);
    await insert(
      times.map((duration_ms, index) => ({
        ...{ duration_ms, mapping_id: alias, alias },
        phases: JSON.stringify({ wait: phase[index] }),
      })),
    );
    for (const step of ['waiting', 'added']) {
      if (step === 'added') await rollUpCalls(database.db);
      const [row] = await stats({ by: 'mapping', mappingId: alias });
      const timings = new Map(row?.timings.map((timing) => [timing.phase, timing]));
      for (const [name, values] of [
        ['total', times],
        ['wait', phase],
      ] as const) {
        const timing = timings.get(name);
        expect(timing?.count).toBe(2000);
        for (const [share, found] of [
          [0.5, timing?.p50],
          [0.95, timing?.p95],
          [0.99, timing?.p99],
        ] as const) {
          const exact = exactly(values, share);
          expect(Math.abs((found ?? 0) - exact) / exact, `${alias} ${name} ${share}`).toBeLessThan(0.05);
        }
      }
    }
  }
});

test('a queued call is counted when it arrives, moves with its task, and its times count at its end', async () => {
  const clone_id = newId();
  const call = { kind: 'enqueue', status: 'queued', outcome: 'accepted', ended: null, clone_id };
  const [id = ''] = await insert([{ ...call, phases: JSON.stringify({ enqueue: 4 }) }]);
  const change = (set: Partial<Insertable<DB['calls']>>) =>
    database.db.updateTable('calls').set(set).where('id', '=', id).execute();
  const seen = async () => {
    const before = await stats();
    await rollUpCalls(database.db);
    expect(await stats()).toEqual(before);
    const [{ calls, completed, failed, lost, timings } = {} as never] = before;
    return { calls, completed, failed, lost, phases: timings?.map(({ phase }) => phase) };
  };
  expect(await seen()).toEqual({ calls: 1, completed: 0, failed: 0, lost: 0, phases: [] });
  await change({ status: 'running', started: at(1.5) });
  expect(await seen()).toEqual({ calls: 1, completed: 0, failed: 0, lost: 0, phases: [] });
  await change({ status: 'failed', ended: at(3) });
  const ended = { calls: 1, completed: 0, lost: 0, phases: ['total', 'enqueue', 'queued', 'running'] };
  expect(await seen()).toEqual({ ...ended, failed: 1 });
  const [{ timings } = { timings: [] }] = await stats();
  const p50 = Object.fromEntries(timings.map((timing) => [timing.phase, timing.p50]));
  for (const [phase, ms] of Object.entries({
    ...{ total: 7_200_000, queued: 1_800_000, running: 5_400_000, enqueue: 4 },
  }))
    expect(Math.abs((p50[phase] ?? 0) - ms) / ms, phase).toBeLessThan(0.05);
  // The task is queued again, and completes this time.
  await change({ status: 'queued', started: null, ended: null });
  expect(await seen()).toEqual({ calls: 1, completed: 0, failed: 0, lost: 0, phases: [] });
  await change({ status: 'completed', started: at(4), ended: at(5) });
  expect(await seen()).toEqual({ ...ended, completed: 1, failed: 0 });
});

test('a call is counted once when what adds it up is killed half-way, and when two servers do it at once', async () => {
  await insert(Array.from({ length: 500 }, (_, n) => ({ mapping_id: `m${n % 7}`, duration_ms: n + 1 })));
  const exact = await stats({ by: 'mapping' });
  await database.db
    .transaction()
    .execute(async (transaction) => {
      await rollUpCalls(transaction as never);
      throw new Error('killed');
    })
    .catch(() => {});
  expect(await stats({ by: 'mapping' })).toEqual(exact);
  await killWhileAdding();
  expect(await stats({ by: 'mapping' })).toEqual(exact);
  await Promise.all([1, 2, 3, 4].map(() => rollUpCalls(database.db)));
  expect(await stats({ by: 'mapping' })).toEqual(exact);
});

/** Ends the connection that adds up after it has taken the changes and before it has counted them. */
async function killWhileAdding(): Promise<void> {
  await database.db.transaction().execute(async (transaction) => {
    await sql`LOCK TABLE call_stats IN EXCLUSIVE MODE`.execute(transaction);
    const killed = rollUpCalls(database.db).then(
      () => 'done',
      () => 'killed',
    );
    const kill = async () => {
      const { rows } = await sql`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event_type = 'Lock'`.execute(database.db);
      return rows.length;
    };
    // The pool gives out the killed connection until it learns of its end, which may be after its query did.
    const removed = new Promise((resolve) => database.pool.once('remove', resolve));
    await expect.poll(kill).toBe(1);
    expect(await killed).toBe('killed');
    await removed;
  });
}

test('calls that are written while others are added up are all counted', async () => {
  let isWriting = true;
  const adding = (async () => {
    while (isWriting) await rollUpCalls(database.db);
  })();
  await Promise.all(
    Array.from({ length: 8 }, async () => {
      for (let n = 0; n < 25; n++) await insert([{ status: 'running', ended: null }, {}]);
    }),
  );
  await database.db
    .updateTable('calls')
    .set({ status: 'failed', ended: at(2) })
    .where('status', '=', 'running')
    .execute();
  isWriting = false;
  await adding;
  expect(await stats()).toMatchObject([{ calls: 400, completed: 200, failed: 200 }]);
});

test('what is deleted stays counted', async () => {
  await insert([{}, {}]);
  await database.db.deleteFrom('calls').execute();
  expect(await stats()).toMatchObject([{ calls: 2, completed: 2 }]);
});

test('calls are kept apart by mapping, machine and caller, the busiest first', async () => {
  await insert([
    { mapping_id: 'a', alias: 'first', machine: 'http://one', user_id: 'ada', caller: 'Ada' },
    { mapping_id: 'a', alias: 'renamed', machine: 'http://two', key_id: 'k', caller: 'plant' },
    { mapping_id: 'b', alias: 'second', machine: 'http://one', user_id: 'ada', caller: 'Ada' },
    {
      status: 'failed',
      mapping_id: 'a',
      alias: 'first',
      machine: 'http://one',
      user_id: 'bob',
      caller: 'Bob',
    },
  ]);
  for (const add of [() => {}, () => rollUpCalls(database.db)]) {
    await add();
    expect(await stats({ by: 'mapping' })).toMatchObject([
      { kind: 'ondemand', mapping_id: 'a', calls: 3, failed: 1, machine: null, caller: null },
      { kind: 'ondemand', mapping_id: 'b', alias: 'second', calls: 1 },
    ]);
    expect(await stats({ by: 'machine' })).toMatchObject([
      { machine: 'http://one', calls: 3 },
      { machine: 'http://two', calls: 1 },
    ]);
    expect(await stats({ by: 'caller' })).toMatchObject([
      { user_id: 'ada', key_id: null, caller: 'Ada', calls: 2 },
      { user_id: 'bob', key_id: null, caller: 'Bob', calls: 1 },
      { user_id: null, key_id: 'k', caller: 'plant', calls: 1 },
    ]);
    expect(await stats({ mappingId: 'a', machine: 'http://one' })).toMatchObject([{ calls: 2 }]);
    expect(await stats({ keyId: 'k' })).toMatchObject([{ calls: 1 }]);
    expect(await stats({ userId: 'ada', kind: 'enqueue' })).toEqual([]);
  }
});

test('buckets begin where the day of the time zone does, also when the clocks change', async () => {
  const hours = ['2026-03-28T22:30Z', '2026-03-28T23:30Z', '2026-03-29T21:30Z', '2026-03-29T22:30Z'];
  await insert(hours.map((created) => ({ created: new Date(created) })));
  await rollUpCalls(database.db);
  const period = { from: new Date('2026-03-01Z'), to: new Date('2026-04-01Z') };
  const starts = async (bucket: StatsQuery['bucket'], timeZone: string) =>
    (await stats({ ...period, bucket, timeZone })).map(({ start, calls }) => [start?.toISOString(), calls]);
  // The 29th has 23 hours in Rome.
  expect(await starts('day', 'Europe/Rome')).toEqual([
    ['2026-03-27T23:00:00.000Z', 1],
    ['2026-03-28T23:00:00.000Z', 2],
    ['2026-03-29T22:00:00.000Z', 1],
  ]);
  expect(await starts('day', 'UTC')).toEqual([
    ['2026-03-28T00:00:00.000Z', 2],
    ['2026-03-29T00:00:00.000Z', 2],
  ]);
  expect(await starts('hour', 'UTC')).toHaveLength(4);
  expect(await starts('month', 'Europe/Rome')).toEqual([['2026-02-28T23:00:00.000Z', 4]]);
  expect(await starts('year', 'UTC')).toEqual([['2026-01-01T00:00:00.000Z', 4]]);
});

test('each sees the statistics of the calls that they may read', async () => {
  await insert([
    { user_id: 'ada' },
    { user_id: 'bob' },
    { company: '', status: 'failed' },
    { company: 'other', user_id: 'eve' },
  ]);
  const caller = (role: Caller['role'], userId: string): Caller => ({ ...admin, role, userId });
  const number = async (who: Caller) => (await stats({}, who))[0]?.calls;
  for (const add of [() => {}, () => rollUpCalls(database.db)]) {
    await add();
    expect(await number(caller('admin', 'root'))).toBe(3);
    expect(await number(caller('developer', 'dev'))).toBe(2);
    expect(await number(caller('user', 'ada'))).toBe(1);
    expect(await number(caller('user', 'nobody'))).toBeUndefined();
  }
});

test('a query of too many rows is refused', async () => {
  await insert(Array.from({ length: 20 }, (_, n) => ({ created: at(n) })));
  await expect(stats({ bucket: 'hour', maxRows: 19 })).rejects.toThrow(TooManyRowsError);
  expect(await stats({ bucket: 'hour', maxRows: 20 })).toHaveLength(20);
});

test('calls that are added up before they are written count as those that the database adds up', async () => {
  const random = numbers();
  const next = () => random.next().value as number;
  // Calls of the past are counted one by one.
  const start = new Date();
  const calls = Array.from({ length: 300 }, (_, n): CallRecord => {
    const status = (['completed', 'failed', 'aborted', 'running'] as const)[Math.floor(next() * 4)] as string;
    const created = new Date(start.getTime() + Math.floor(next() * 3) * 3_600_000);
    const ended = status === 'running' ? null : created;
    return {
      ...{ id: newId(), company: 'company', kind: 'ondemand', created, started: null, ended, status },
      ...{
        outcome: 'ok',
        http_status: 200,
        mapping_id: n % 5 ? `m${n % 5}` : null,
        alias: 'a',
        public_id: null,
      },
      ...{ endpoint: null, machine: n % 3 ? 'http://one' : null, queue: null, task_id: null, clone_id: null },
      ...{ clone_name: null, user_id: n % 2 ? 'ada' : null, key_id: n % 2 ? null : 'k', caller: 'Ada' },
      ...{ duration_ms: 1000 * next(), bytes_in: n, bytes_out: 2 * n, request: null, answer: null },
      ...{ phases: { wait: 500 * next(), answer: next() / 100 }, error_code: null, error: null },
      ...{ error_detail: null, server: null, sums_number: null },
    };
  });
  const period = { from: new Date(start.getTime() - 86_400_000), to: new Date(start.getTime() + 86_400_000) };
  const seen = async () => [
    await stats({ ...period, by: 'mapping', bucket: 'hour' }),
    await stats({ ...period, by: 'caller' }),
  ];
  const inserts = new CountedInserts({ database, log: createLog('silent'), server: 1 });
  for (let start = 0; start < calls.length; start += 10) await inserts.insert(calls.slice(start, start + 10));
  await inserts.close();
  const addedBefore = await seen();
  await rollUpCalls(database.db);
  expect(await seen()).toEqual(addedBefore);
  await database.db.deleteFrom('calls').execute();
  await sql`TRUNCATE call_stats, call_changes`.execute(database.db);
  await insertCallsAgain(
    database.pool,
    calls.map((call) => ({ ...call, sums_number: null })),
  );
  expect(await seen()).toEqual(addedBefore);
});
