import { expect, test } from 'vitest';
import { firstFree, slug } from './aliases.ts';

test.each([
  ['Parking forecast', 'parking-forecast'],
  ['  Città/Qualità – v2 ', 'citta-qualita-v2'],
  ['---', 'alias'],
  ['天気', 'alias'],
  ['a'.repeat(80), 'a'.repeat(63)],
  [`${'a'.repeat(62)} b`, 'a'.repeat(62)],
])('%s -> %s', (text, alias) => {
  expect(slug(text)).toBe(alias);
});

test('a taken alias gets the first free number, within the length that is allowed', () => {
  expect(firstFree('digits', new Set(['digits-2']))).toBe('digits');
  expect(firstFree('digits', new Set(['digits', 'digits-2']))).toBe('digits-3');
  const long = 'a'.repeat(63);
  expect(firstFree(long, new Set([long]))).toBe(`${'a'.repeat(61)}-2`);
});
