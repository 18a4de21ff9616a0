import { ClearmlError } from './errors.ts';

/** A span of time in steps; seconds since the epoch, and seconds. */
export interface TimeRange {
  from: number;
  to: number;
  interval: number;
}

/** Reads `from_date`, `to_date` and `interval` of a statistics request; throws 400/12 when they make no sense. */
export function timeRange(request: { from_date: number; to_date: number; interval: number }): TimeRange {
  const { from_date: from, to_date: to, interval } = request;
  const refuse = (detail: string) => new ClearmlError('validation_error', detail);
  // 2^33 s, the year 2242: what lies beyond is a date in milliseconds.
  if (from < 0 || to > 2 ** 33) throw refuse('from_date and to_date must be seconds since 1970');
  if (to < from) throw refuse('to_date must not be before from_date');
  if (interval < 1) throw refuse('interval must be at least 1 second');
  return { from, to, interval };
}
