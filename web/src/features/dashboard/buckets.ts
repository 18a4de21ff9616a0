import type { CallStatsRow } from '@arno/protocol';

export const periods = ['day', 'week', 'month', 'year'] as const;
export type Period = (typeof periods)[number];

/** What one bar of a chart spans. */
export const bucketOf = { day: 'hour', week: 'day', month: 'day', year: 'month' } as const satisfies Record<
  Period,
  string
>;

const hourMs = 3_600_000;

/**
 * Where the bars of a period begin that ends now, in the person's time zone, as epoch milliseconds: the last 24 hours, 7 or 30
 * days, or 12 months, the running one included.
 */
export function startsOf(period: Period, now: Date): number[] {
  const [year, month, day] = [now.getFullYear(), now.getMonth(), now.getDate()];
  const back = (count: number, start: (ago: number) => number) =>
    Array.from({ length: count }, (_, index) => start(count - 1 - index));
  switch (period) {
    case 'day': {
      const hour = new Date(now).setMinutes(0, 0, 0);
      return back(24, (ago) => hour - ago * hourMs);
    }
    case 'week':
      return back(7, (ago) => new Date(year, month, day - ago).getTime());
    case 'month':
      return back(30, (ago) => new Date(year, month, day - ago).getTime());
    case 'year':
      return back(12, (ago) => new Date(year, month - ago).getTime());
  }
}

/** The calls of one bar. Times ISO 8601; the last bar has no end yet. */
export interface Bucket {
  start: number;
  from: string;
  to?: string;
  row: CallStatsRow | undefined;
}

/** One bar for each start, with or without calls. */
export function bucketsOf(starts: readonly number[], rows: readonly CallStatsRow[]): Bucket[] {
  const byStart = new Map(rows.map((row) => [Date.parse(row.start ?? ''), row]));
  return starts.map((start, place) => {
    const next = starts[place + 1];
    return {
      start,
      from: new Date(start).toISOString(),
      ...(next !== undefined && { to: new Date(next).toISOString() }),
      row: byStart.get(start),
    };
  });
}

/** What became of calls, in the order in which charts stack it: what went wrong stands on the ground. */
export const ends = ['failed', 'lost', 'aborted', 'completed', 'open'] as const;
type End = (typeof ends)[number];
export type Counts = Record<End | 'calls', number>;

export function totalsOf(rows: readonly CallStatsRow[]): Counts {
  const sum = (name: keyof Counts) => rows.reduce((total, row) => total + row[name], 0);
  const [failed, lost, aborted, completed, open] = ends.map(sum) as [number, number, number, number, number];
  return { calls: sum('calls'), failed, lost, aborted, completed, open };
}

/** A round number at or above the largest, with an even half where that matters: 1, 2, 4, 6, 8, 10, 20, … */
export function niceTop(largest: number): number {
  if (largest < 1) return 0;
  const power = 10 ** Math.floor(Math.log10(largest));
  const steps = [1, 2, 4, 6, 8, 10].map((step) => step * power);
  return steps.find((step) => step >= largest) ?? largest;
}
