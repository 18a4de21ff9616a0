import { expect, test } from 'vitest';
import { newId } from './ids.ts';

test('ids are 32 lower-case hex digits, and none comes twice', () => {
  const ids = Array.from({ length: 2000 }, newId);
  for (const id of ids) expect(id).toMatch(/^[0-9a-f]{32}$/);
  expect(new Set(ids).size).toBe(ids.length);
});
