import { ClearmlError } from './errors.ts';

/** A document as it crosses the wire; its shape is the protocol's schema, which every test's answers are checked against. */
export type Document = Record<string, unknown>;

/**
 * A date as clients parse it: `2024-01-02T03:04:05.678000+00:00`, the fraction dropped when zero, never `Z` (the SDK splits
 * at `+`).
 */
export function wireDate(date: Date): string {
  const text = date.toISOString();
  const seconds = text.slice(0, 19);
  const millis = text.slice(20, 23);
  return millis === '000' ? `${seconds}+00:00` : `${seconds}.${millis}000+00:00`;
}

/** A date from a request; clients send ISO 8601 with or without a zone (then UTC), with `T` or a space, or milliseconds. */
export function parseDate(value: unknown, field: string): Date {
  const date = typeof value === 'number' ? new Date(value) : new Date(withZone(String(value)));
  if (Number.isNaN(date.getTime())) {
    throw new ClearmlError('validation_error', `${field} is not a date: use 2024-01-02T03:04:05+00:00`);
  }
  return date;
}

function withZone(text: string): string {
  const iso = text.trim().replace(' ', 'T');
  return /T.*(Z|[+-]\d\d:?\d\d)$/i.test(iso) || !iso.includes('T') ? iso : `${iso}Z`;
}

/** Drops keys without a value: the protocol leaves out what is not set. */
export function withoutNulls(document: Document): Document {
  return Object.fromEntries(
    Object.entries(document).filter(([, value]) => value !== null && value !== undefined),
  );
}

/** `fields` of an answer to a change: dates in the wire's form, values that were cleared as null. */
export function wireFields(fields: Document): Document {
  return Object.fromEntries(
    Object.entries(fields).map(([key, value]) => [key, value instanceof Date ? wireDate(value) : value]),
  );
}
