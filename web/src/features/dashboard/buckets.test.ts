import type { CallStatsRow } from '@arno/protocol';
import { describe, expect, test } from 'vitest';
import { bucketsOf, niceTop, startsOf, totalsOf } from './buckets.ts';
import { readDashboardSearch } from './search.ts';

const row = (facts: Partial<CallStatsRow>): CallStatsRow => ({
  ...{
    calls: 0,
    completed: 0,
    failed: 0,
    aborted: 0,
    lost: 0,
    open: 0,
    bytes_in: 0,
    bytes_out: 0,
    timings: {},
  },
  ...facts,
});

describe('the bars of a period', () => {
  const now = new Date(2026, 2, 10, 15, 20, 30);
  const first = (period: Parameters<typeof startsOf>[0]) => new Date(startsOf(period, now)[0] ?? 0);

  test('begin where hours, days and months do for the person', () => {
    expect(startsOf('day', now)).toHaveLength(24);
    expect(startsOf('day', now).at(-1)).toBe(new Date(2026, 2, 10, 15).getTime());
    expect(first('day')).toEqual(new Date(2026, 2, 9, 16));
    expect(first('week')).toEqual(new Date(2026, 2, 4));
    expect(first('month')).toEqual(new Date(2026, 1, 9));
    expect(first('year')).toEqual(new Date(2025, 3, 1));
    expect(startsOf('year', now)).toHaveLength(12);
  });

  test('are there also without calls, and the last one has no end', () => {
    const starts = startsOf('week', now);
    const start = new Date(starts[1] ?? 0).toISOString();
    const buckets = bucketsOf(starts, [row({ start, calls: 3 })]);
    expect(buckets.map((bucket) => bucket.row?.calls)).toEqual([undefined, 3, ...Array(5).fill(undefined)]);
    expect(buckets[0]).toMatchObject({ from: new Date(2026, 2, 4).toISOString(), to: start });
    expect(buckets.at(-1)).not.toHaveProperty('to');
  });

  test('add up', () => {
    expect(totalsOf([row({ calls: 3, failed: 1, lost: 2 }), row({ calls: 4, completed: 4 })])).toEqual({
      ...{ calls: 7, failed: 1, lost: 2, aborted: 0, completed: 4, open: 0 },
    });
  });

  test.each([
    [0, 0],
    [1, 1],
    [2, 2],
    [3, 4],
    [9, 10],
    [10, 10],
    [11, 20],
    [1204, 2000],
    [100_000, 100_000],
  ])('reach up to a round number: %i -> %i', (largest, top) => {
    expect(niceTop(largest)).toBe(top);
  });
});

test('the address of the dashboard keeps what makes sense', () => {
  expect(readDashboardSearch({ period: 'week', mapping: 'm' })).toEqual({ period: 'week', mapping: 'm' });
  expect(readDashboardSearch({ period: 'age' })).toEqual({});
});
