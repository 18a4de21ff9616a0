import { expect, test } from 'vitest';
import { fromLocalField, rangeOf, readPeriod, toLocalField } from './period.ts';

test.each([
  [{ period: 'day' }, { period: 'day' }],
  [{ period: 'week', from: '2026-01-01T00:00:00Z' }, { period: 'week' }],
  [{ from: '2026-01-01T00:00:00Z', to: 'soon' }, { from: '2026-01-01T00:00:00.000Z' }],
  [{ period: 'forever' }, {}],
])('the search %j means %j', (search, expected) => {
  expect(readPeriod(search)).toEqual(expected);
});

test('a span ends now and stays open', () => {
  const now = Date.parse('2026-01-02T12:00:00Z');
  expect(rangeOf({ period: 'day' }, now)).toEqual({ from: '2026-01-01T12:00:00.000Z' });
  expect(rangeOf({ to: '2026-01-01T00:00:00.000Z' }, now)).toEqual({ to: '2026-01-01T00:00:00.000Z' });
  expect(rangeOf({}, now)).toEqual({});
});

test('a field shows a time in the person’s zone and gives the same moment back', () => {
  const time = '2026-07-01T10:30:00.000Z';
  expect(fromLocalField(toLocalField(time))).toBe(time);
  expect([toLocalField(undefined), fromLocalField('')]).toEqual(['', undefined]);
});
