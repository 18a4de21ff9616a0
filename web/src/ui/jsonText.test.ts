import { expect, test } from 'vitest';
import { jsonFault, prettyJson } from './jsonText.ts';

test.each(['', '  \n', '{"a": [1, null]}', '5', '"text"'])('%j is accepted', (text) => {
  expect(jsonFault(text)).toBeUndefined();
});

test.each([
  ['{"a": }', 1, 7],
  ['{\n  "a": 1,\n}', 3, 1],
  ['{"a": 1', 1, 8],
])('%j has its fault at line %i, column %i', (text, line, column) => {
  expect(jsonFault(text)).toEqual({ line, column });
});

test('only JSON is made pretty', () => {
  expect(prettyJson('{"a":1}')).toBe('{\n  "a": 1\n}');
  expect(prettyJson('{"a":')).toBe('{"a":');
});
