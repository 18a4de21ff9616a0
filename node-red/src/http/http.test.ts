import { expect, test } from 'vitest';
import { contentOf, retryAfterOf } from './http.ts';

const answer = (type: string, body: string) => ({
  headers: { 'content-type': type },
  body: Buffer.from(body),
});

test('a body is what its type says', () => {
  expect(contentOf(answer('application/json; charset=utf-8', '{"a":1}'))).toEqual({ a: 1 });
  expect(contentOf(answer('application/problem+json', '[]'))).toEqual([]);
  expect(contentOf(answer('application/json', 'not'))).toBe('not');
  expect(contentOf(answer('text/csv', 'a;b'))).toBe('a;b');
  expect(contentOf(answer('image/png', 'x'))).toEqual(Buffer.from('x'));
});

test('Retry-After is seconds or a date', () => {
  const after = (value: string) => retryAfterOf({ headers: { 'retry-after': value } });
  expect(after('3')).toBe(3000);
  expect(after(new Date(Date.now() - 5000).toUTCString())).toBe(0);
  expect(after('soon')).toBeUndefined();
  expect(retryAfterOf({ headers: {} })).toBeUndefined();
});
