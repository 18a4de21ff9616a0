import { expect, test } from 'vitest';
import { safeTarget } from './target.ts';

test.each([
  [undefined, '/'],
  ['/tasks?status=failed', '/tasks?status=failed'],
  ['//evil.example', '/'],
  ['/\\evil.example', '/'],
  ['https://evil.example', '/'],
])('after a login, %s leads to %s', (target, expected) => {
  expect(safeTarget(target)).toBe(expected);
});
