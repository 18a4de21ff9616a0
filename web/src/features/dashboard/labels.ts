import type { Period } from './buckets.ts';

const shapes = {
  day: { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' },
  week: { weekday: 'short', day: 'numeric' },
  month: { day: 'numeric', month: 'short' },
  year: { month: 'short' },
} as const satisfies Record<Period, Intl.DateTimeFormatOptions>;

/** Every so many bars has a label, so that they do not touch on a phone. */
const every = { day: 6, week: 1, month: 7, year: 1 } as const;

/**
 * What stands below a bar, if anything does.
 *
 * @param after bars to its right: the newest one has a label in any case
 */
export function axisLabel(period: Period, start: number, after: number, locale: string): string | undefined {
  if (after % every[period] !== 0) return undefined;
  return new Intl.DateTimeFormat(locale, shapes[period]).format(start);
}

const names = {
  day: { weekday: 'short', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' },
  week: { weekday: 'long', day: 'numeric', month: 'long' },
  month: { weekday: 'short', day: 'numeric', month: 'long' },
  year: { month: 'long', year: 'numeric' },
} as const satisfies Record<Period, Intl.DateTimeFormatOptions>;

/** A bar's name in full. */
export function bucketName(period: Period, start: number, locale: string): string {
  return new Intl.DateTimeFormat(locale, names[period]).format(start);
}
