import { expect, test } from 'vitest';
import { differencesOf, shownValue } from './differences.ts';

test('of two states every field is a line, of one all that hold something', () => {
  expect(differencesOf({ before: { alias: 'a', day: null }, after: { alias: 'b', day: 5 } })).toEqual([
    { field: 'alias', before: 'a', after: 'b' },
    { field: 'day', before: undefined, after: 5 },
  ]);
  expect(differencesOf({ after: { alias: 'b', note: '', image: null, open: false } })).toEqual([
    { field: 'alias', before: undefined, after: 'b' },
    { field: 'open', before: undefined, after: false },
  ]);
  expect(differencesOf({})).toEqual([]);
});

test('objects are taken apart, and only what differs in them is shown', () => {
  const before = { roles: { Boss: 'admin', Crew: 'user' }, schema: null };
  const after = { roles: { Boss: 'admin', Crew: 'developer' }, schema: { type: 'object' } };
  expect(differencesOf({ before, after })).toEqual([
    { field: 'roles.Crew', before: 'user', after: 'developer' },
    { field: 'schema.type', before: undefined, after: 'object' },
  ]);
});

test('values are shown as people would write them', () => {
  const values = ['text', 5, ['a', 'b'], [], [[1, 2]], { a: 'b' }];
  expect(values.map((value) => shownValue(value))).toEqual([
    ...['text', '5', 'a, b', '', '[[1,2]]', '{\n  "a": "b"\n}'],
  ]);
  const id = '98084d9e341946bbd6445bf2d44819d2';
  expect(shownValue([id, 'other'], { [id]: 'Ada' })).toBe('Ada (98084d9e), other');
});
