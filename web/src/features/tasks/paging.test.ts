import { expect, test } from 'vitest';
import { pageOf, placeOf } from './paging.ts';
import { ofTagWord, readTasksSearch, toTagWord } from './search.ts';

const count = { total: 103, more: false };

test('a page is where its address says', () => {
  expect(pageOf({}, 25, count)).toEqual({ page: 1, limit: 25 });
  expect(pageOf({ page: 4, after: 'x' }, 25, undefined)).toEqual({ page: 4, limit: 25 });
  // A number alone says nothing: the server knows pages by their places.
  expect(pageOf({ page: 4 }, 25, count)).toEqual({ page: 1, limit: 25 });
});

test('the last page has what is left for it', () => {
  expect(pageOf({ before: 'end' }, 25, count)).toEqual({ page: 5, limit: 3 });
  expect(pageOf({ before: 'end' }, 25, { total: 100, more: false })).toEqual({ page: 4, limit: 25 });
  expect(pageOf({ before: 'end' }, 25, undefined)).toEqual({ page: 1, limit: 25 });
});

test('from a page lead ways to those beside it and to both ends', () => {
  const shown = { items: [], next: 'n', previous: 'p' };
  expect(placeOf(4, 3, shown)).toEqual({ page: 4, after: 'n' });
  expect(placeOf(2, 3, shown)).toEqual({ page: 2, before: 'p' });
  expect(placeOf(1, 2, shown)).toEqual({});
  expect(placeOf(5, 3, shown)).toEqual({ before: 'end' });
});

test('tags with commas survive the address', () => {
  const tags = ['red', 'big, one', '100%', '%2C'];
  expect(tags.map(toTagWord).map(ofTagWord)).toEqual(tags);
  expect(readTasksSearch({ tags: tags.map(toTagWord).join(',') }).tags?.map(ofTagWord)).toEqual(tags);
});
