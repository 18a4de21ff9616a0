import { expect, test } from 'vitest';
import { dragged, isShown, readChoice } from './columnChoice.ts';

const pixels = { name: 500, status: 200, time: 300 };

test('a column takes from its right neighbour what it gains', () => {
  expect(dragged(pixels, ['name', 'status'], 100, 1000)).toEqual({ name: 60, status: 10, time: 30 });
  expect(dragged(pixels, ['name', 'status'], -100, 1000)).toEqual({ name: 40, status: 30, time: 30 });
});

test('no column is dragged away', () => {
  expect(dragged(pixels, ['name', 'status'], 900, 1000)).toMatchObject({ name: 64.4, status: 5.6 });
  expect(dragged(pixels, ['name', 'status'], -900, 1000)).toMatchObject({ name: 5.6, status: 64.4 });
});

test('columns are shown as the page says until a person says otherwise', () => {
  const choice = { shown: { a: false, b: true }, widths: {} };
  const columns = [{ id: 'a' }, { id: 'b', extra: true }, { id: 'c' }, { id: 'd', extra: true }];
  expect(columns.map((column) => isShown(column, choice))).toEqual([false, true, true, false]);
});

test.each([undefined, '', '{', '[]', '5', '{"shown":{"a":"no"},"widths":{"a":null}}'])(
  'stored text %s harms nobody',
  (text) => {
    expect(readChoice(text)).toEqual({ shown: {}, widths: {} });
  },
);
