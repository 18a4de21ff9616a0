import { defined, oneOf, type RawSearch, text } from '../app/search.ts';
import { parseTime } from './format.ts';

/** Spans that end now, by name, in milliseconds. */
const spans = {
  hour: 3_600_000,
  day: 86_400_000,
  week: 7 * 86_400_000,
  month: 30 * 86_400_000,
  year: 365 * 86_400_000,
} as const;
export type Span = keyof typeof spans;
export const spanNames = Object.keys(spans) as Span[];

/** A part of an address's search: the last hour, day …, or a range of ISO 8601 times, either end of which may be open. */
export interface PeriodSearch {
  period?: Span;
  from?: string;
  to?: string;
}

/** Reads a period from an address; a span goes before a range. */
export function readPeriod(search: RawSearch): PeriodSearch {
  const period = oneOf(spanNames, search.period);
  if (period) return { period };
  const time = (value: unknown) => {
    const given = parseTime(text(value));
    return given === undefined ? undefined : new Date(given).toISOString();
  };
  return defined({ from: time(search.from), to: time(search.to) });
}

/** The range a period means at this moment, as ISO 8601 for the server; an open end is left out. */
export function rangeOf(
  { period, from, to }: PeriodSearch,
  now = Date.now(),
): { from?: string; to?: string } {
  if (period) return { from: new Date(now - spans[period]).toISOString() };
  return { ...(from && { from }), ...(to && { to }) };
}

/** An ISO 8601 time as a `datetime-local` field wants it, in the person's zone; nothing for nothing. */
export function toLocalField(time: string | undefined): string {
  const moment = parseTime(time);
  if (moment === undefined) return '';
  const local = moment - new Date(moment).getTimezoneOffset() * 60_000;
  return new Date(local).toISOString().slice(0, 16);
}

/** What a `datetime-local` field holds, as ISO 8601 in UTC. */
export function fromLocalField(value: string): string | undefined {
  const moment = parseTime(value);
  return moment === undefined ? undefined : new Date(moment).toISOString();
}
