import { describe, expect, test } from 'vitest';
import {
  DASH,
  formatBytes,
  formatDuration,
  formatNumber,
  formatRelative,
  formatValue,
  parseTime,
} from './format.ts';

test.each([
  [undefined, DASH],
  [-1, DASH],
  [12.4, '12 ms'],
  [4_000, '4 s'],
  [97_000, '1m 37s'],
  [3_600_000, '1h 00m'],
  [7_500_000, '2h 05m'],
  [273_600_000, '3d 4h'],
])('a duration of %s ms is %s', (milliseconds, expected) => {
  expect(formatDuration(milliseconds)).toBe(expected);
});

test.each([
  [undefined, DASH],
  [0, '0 B'],
  [1023, '1,023 B'],
  [1024, '1 KiB'],
  [1_258_291, '1.2 MiB'],
])('%s bytes are %s', (bytes, expected) => {
  expect(formatBytes(bytes, 'en')).toBe(expected);
});

test('numbers are grouped as the language does it', () => {
  expect(formatNumber(1204, 'it')).toBe('1.204');
  expect(formatNumber(1204, 'en')).toBe('1,204');
});

describe('a measured value', () => {
  test.each([
    [null, DASH],
    [Number.NaN, DASH],
    [0, '0'],
    [0.977777, '0.9778'],
    [0.00001234, '1.234E-5'],
    [12345.678, '12,345.68'],
  ])('%s is %s', (value, expected) => {
    expect(formatValue(value, 'en')).toBe(expected);
  });
});

test('a relative time counts in the largest whole unit', () => {
  const now = Date.parse('2026-01-10T12:00:00Z');
  expect(formatRelative(now - 3_000, now, 'en')).toBe('now');
  expect(formatRelative(now - 119_000, now, 'it')).toMatch(/^1 min/);
  expect(formatRelative(now - 86_400_000 * 2, now, 'it')).toMatch(/^2 g/);
});

test('times of both of our APIs are read, and nothing else', () => {
  expect(parseTime('2026-01-10T12:00:00.500000+00:00')).toBe(1_768_046_400_500);
  expect(parseTime('2026-01-10T12:00:00Z')).toBe(1_768_046_400_000);
  expect(parseTime('')).toBeUndefined();
  expect(parseTime('soon')).toBeUndefined();
});
