import { describe, expect, test } from 'vitest';
import {
  firstValue,
  numberIn,
  propertiesOf,
  type Schema,
  shapeOf,
  unnamedIn,
  withProperty,
} from './schema.ts';

describe('what a part of the input is typed into', () => {
  test.each([
    [{ type: 'string' }, 'text'],
    [{ type: 'integer' }, 'integer'],
    [{ type: 'number' }, 'number'],
    [{ type: 'boolean' }, 'yesNo'],
    [{ type: ['string', 'null'] }, 'text'],
    [{ type: ['string', 'number'] }, 'json'],
    [{ enum: ['a', 2, null] }, 'choice'],
    [{ const: 'a' }, 'choice'],
    [{ type: 'array', items: { type: 'string' } }, 'list'],
    [{ type: 'array' }, 'json'],
    [{ properties: { a: {} } }, 'object'],
    [{ type: 'object' }, 'json'],
    [{ type: 'object', properties: {}, oneOf: [] }, 'json'],
    [{}, 'json'],
    [true, 'json'],
  ])('%j: %s', (schema, kind) => {
    expect(shapeOf(schema, {}).kind).toBe(kind);
  });

  test('references lead into the schema itself, and not in circles', () => {
    const root: Schema = {
      $defs: {
        'a/b': { type: 'integer' },
        loop: { $ref: '#/$defs/loop' },
        elsewhere: { $ref: 'http://x/y' },
      },
    };
    expect(shapeOf({ $ref: '#/$defs/a~1b' }, root).kind).toBe('integer');
    expect(shapeOf({ $ref: '#/$defs/loop' }, root).kind).toBe('json');
    expect(shapeOf({ $ref: '#/$defs/elsewhere' }, root).kind).toBe('json');
    expect(shapeOf({ $ref: '#/$defs/missing' }, root).kind).toBe('json');
  });

  test('a schema that contains itself ends as JSON', () => {
    const root: Schema = { type: 'object', properties: { child: { $ref: '#' } }, required: ['child'] };
    expect(JSON.stringify(firstValue(root, root)).length).toBeLessThan(200);
  });
});

test('a form begins with defaults and with what is required', () => {
  const schema: Schema = {
    type: 'object',
    properties: {
      hours: { type: 'integer', minimum: 1 },
      place: { type: 'string', default: 'Firenze' },
      note: { type: 'string' },
      mode: { enum: ['fast', 'exact'] },
      nested: { type: 'object', properties: { deep: { type: 'boolean' } }, required: ['deep'] },
      values: { type: 'array', items: { type: 'number' } },
    },
    required: ['hours', 'mode', 'nested', 'values'],
  };
  expect(firstValue(schema, schema)).toEqual({
    ...{ hours: 1, place: 'Firenze', mode: 'fast', nested: { deep: false }, values: [] },
  });
  expect(propertiesOf(schema).map(({ name, required }) => [name, required])).toContainEqual(['note', false]);
});

test('what the schema does not name is known, so that it is not lost', () => {
  expect(unnamedIn({ properties: { a: {} } }, { a: 1, b: 2 })).toEqual(['b']);
});

test('a property changes in its place, and is taken out', () => {
  expect(Object.keys(withProperty({ a: 1, b: 2 }, 'a', 3))).toEqual(['a', 'b']);
  expect(withProperty({ a: 1, b: 2 }, 'c', 3)).toEqual({ a: 1, b: 2, c: 3 });
  expect(withProperty({ a: 1, b: 2 }, 'a', undefined)).toEqual({ b: 2 });
  expect(withProperty('no object', 'a', 1)).toEqual({ a: 1 });
});

test.each([
  ['1.5', 1.5],
  ['1.', 1],
  ['-0.50', -0.5],
  [7, 7],
  ['', undefined],
  ['-', undefined],
])('the number typed as %j: %s', (typed, number) => {
  expect(numberIn(typed)).toBe(number);
});
