import { expect, test } from 'vitest';
import { readTasksSearch } from '../features/tasks/search.ts';
import { parseSearch, stringifySearch } from './search.ts';

test('an address is plain text and survives the way there and back', () => {
  const text = stringifySearch({
    status: ['failed', 'stopped'],
    q: '12 & more',
    page: 2,
    project: undefined,
  });
  expect(text).toBe('?status=failed,stopped&q=12+%26+more&page=2');
  expect(readTasksSearch(parseSearch(text))).toEqual({
    status: ['failed', 'stopped'],
    q: '12 & more',
    page: 2,
  });
});

test('what does not fit is dropped', () => {
  const raw = parseSearch('?status=on_fire&order=password&page=-1&size=7&q=');
  expect(readTasksSearch(raw)).toEqual({});
});
