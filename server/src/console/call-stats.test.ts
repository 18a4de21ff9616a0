import { afterAll, beforeAll, expect, test } from 'vitest';
import { callRow } from '../../test/calls.ts';
import { createTestConsole, type TestConsole } from '../../test/console.ts';

let console: TestConsole;
let user: { id: string; headers: { authorization: string } };

beforeAll(async () => {
  console = await createTestConsole();
  user = await console.personOf('user');
  const { company } = console.admin;
  const row = (hour: number, facts: object) => {
    const created = new Date(`2026-05-04T${String(hour).padStart(2, '0')}:30:00Z`);
    return callRow({ ...{ company, created, ended: created, phases: '{"wait": 5}' }, ...facts });
  };
  await console.database.db
    .insertInto('calls')
    .values([
      row(8, { mapping_id: 'a', alias: 'first', machine: 'http://gpu', user_id: user.id, duration_ms: 10 }),
      row(9, { mapping_id: 'a', alias: 'first', machine: 'http://gpu', user_id: 'other', duration_ms: 20 }),
      row(9, { mapping_id: 'b', alias: 'second', status: 'failed', user_id: 'other', key_id: null }),
      row(9, { mapping_id: 'b', alias: 'second', status: 'running', ended: null, user_id: 'other' }),
      row(10, { status: 'failed', company: '' }),
    ])
    .execute();
});

afterAll(() => console.close());

const period = 'from=2026-05-04T08:10:00Z&to=2026-05-04T10:40:00Z';
const get = async (query: string, headers?: Record<string, string>) =>
  (await console.call('GET', `call-stats?${query}`, undefined, headers)).body;

test('statistics of a period, in full hours', async () => {
  expect(await get(period)).toEqual({
    from: '2026-05-04T08:00:00.000Z',
    to: '2026-05-04T11:00:00.000Z',
    rows: [
      {
        ...{ calls: 5, completed: 2, failed: 2, aborted: 0, lost: 0, open: 1, bytes_in: 5, bytes_out: 5 },
        timings: {
          total: { count: 4, p50: expect.any(Number), p95: expect.any(Number), p99: expect.any(Number) },
        },
      },
    ],
  });
});

test('by mapping, machine and caller, in buckets, with phases', async () => {
  const byMapping = (await get(`${period}&by=mapping&bucket=hour&phases=true`)).rows;
  expect(
    byMapping.map(({ start, mapping_id, alias, calls, open }: Record<string, unknown>) => [
      ...[start, mapping_id, alias, calls, open],
    ]),
  ).toEqual([
    ['2026-05-04T08:00:00.000Z', 'a', 'first', 1, 0],
    ['2026-05-04T09:00:00.000Z', 'b', 'second', 2, 1],
    ['2026-05-04T09:00:00.000Z', 'a', 'first', 1, 0],
    ['2026-05-04T10:00:00.000Z', undefined, undefined, 1, 0],
  ]);
  expect(Object.keys(byMapping[0].timings)).toEqual(['total', 'wait']);
  const { p50 } = byMapping[0].timings.total;
  expect(Math.abs(p50 - 10) / 10).toBeLessThan(0.05);
  expect((await get(`${period}&by=machine`)).rows).toMatchObject([{ calls: 3 }, { machine: 'http://gpu' }]);
  expect((await get(`${period}&by=caller&user_id=${user.id}`)).rows).toMatchObject([
    { user_id: user.id, calls: 1 },
  ]);
  const [day] = (await get(`${period}&bucket=day&time_zone=Asia/Tokyo`)).rows;
  expect(day.start).toBe('2026-05-03T15:00:00.000Z');
});

test('an end user has the own statistics, and none of machines', async () => {
  expect((await get(period, user.headers)).rows).toMatchObject([{ calls: 1, completed: 1 }]);
  for (const query of ['by=machine', 'machine=http%3A%2F%2Fgpu']) {
    const { error } = await get(`${period}&${query}`, user.headers);
    expect([error.code, error.field]).toEqual(['forbidden', query.split('=')[0]]);
  }
});

test.each([
  ['by=colour', 'by'],
  ['bucket=minute', 'bucket'],
  ['time_zone=Mars/Olympus', 'time_zone'],
  ['from=2026-05-05T00:00:00Z&to=2026-05-05T00:00:00Z', 'from'],
  ['from=2020-01-01', 'from'],
])('a question that makes no sense is refused by its name: %s', async (query, field) => {
  const { status, body } = await console.call('GET', `call-stats?${query}`);
  expect([status, body.error.field]).toEqual([400, field]);
});
