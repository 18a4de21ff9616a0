import { expect, test } from 'vitest';
import { checkInputSchema, inputCheck } from './input-schema.ts';

const draft07 = 'http://json-schema.org/draft-07/schema#';
const schema = {
  type: 'object',
  properties: { hours: { type: 'integer', minimum: 1 }, mode: { enum: ['fast', 'exact'] } },
  required: ['hours'],
  additionalProperties: false,
};

test('a schema and its example are checked together', () => {
  checkInputSchema(schema, { hours: 2 });
  checkInputSchema({ ...schema, $schema: draft07 }, undefined);
  checkInputSchema({ $schema: 'https://json-schema.org/draft/2020-12/schema', prefixItems: [{}] }, [1]);
  checkInputSchema(null, { anything: true });
  expect(() => checkInputSchema(schema, { hours: 0 })).toThrow(
    'example does not fit input_schema: /hours must be >= 1',
  );
});

test.each([
  [{ type: 'objekt' }, /input_schema is not a JSON Schema/],
  [{ $ref: 'http://elsewhere/schema.json' }, /can't resolve reference/],
  [{ pattern: '(' }, /input_schema is not a JSON Schema/],
  // What cannot be matched in linear time.
  [{ pattern: '(?=a)b' }, /input_schema is not a JSON Schema/],
  [{ pattern: '(a)\\1' }, /input_schema is not a JSON Schema/],
  [{ $schema: 'http://json-schema.org/draft-04/schema#' }, /2020-12 or of draft-07/],
  [{ $schema: 7 }, /2020-12 or of draft-07/],
  [{ description: 'x'.repeat(70_000) }, /longer than/],
])('%j is refused', (wrong, words) => {
  expect(() => checkInputSchema(wrong, undefined)).toThrow(words);
});

test('what does not fit is told by where and why, and a changed schema counts from then on', () => {
  const mapping = { id: 'm', updated: new Date(1), input_schema: schema };
  const check = inputCheck(mapping);
  expect(check?.({ hours: 1, mode: 'fast' })).toBeUndefined();
  expect(check?.({ hours: 1.5 })).toEqual([{ path: '/hours', message: 'must be integer' }]);
  expect(check?.({})).toEqual([{ path: '', message: "must have required property 'hours'" }]);
  expect(check?.({ hours: 0.5, mode: 'slow', day: 2 })).toEqual([
    { path: '', message: 'must not have the property day' },
    { path: '/hours', message: 'must be integer' },
    { path: '/hours', message: 'must be >= 1' },
    { path: '/mode', message: 'must be equal to one of the allowed values: ["fast","exact"]' },
  ]);
  expect(inputCheck({ ...mapping })).toBe(check);
  const later = inputCheck({ ...mapping, updated: new Date(2), input_schema: { type: 'array' } });
  expect(later?.({})).toEqual([{ path: '', message: 'must be array' }]);
  expect(inputCheck({ ...mapping, input_schema: null })).toBeUndefined();
});

test('two mappings may use one $id, and a format is not checked', () => {
  const twin = {
    ...schema,
    $id: 'https://lab/input',
    properties: { hours: { type: 'string', format: 'date' } },
  };
  expect(inputCheck({ id: 'a', updated: new Date(1), input_schema: twin })?.({ hours: 'x' })).toBeUndefined();
  expect(inputCheck({ id: 'b', updated: new Date(1), input_schema: twin })?.({ hours: 'x' })).toBeUndefined();
});

test('at most ten faults are told, and of a large value the first only', () => {
  const check = inputCheck({
    id: 'many',
    updated: new Date(1),
    input_schema: { items: { type: 'integer' } },
  });
  expect(check?.(Array(50).fill('x'))).toHaveLength(10);
  expect(check?.(Array(5000).fill('x'))).toEqual([{ path: '/0', message: 'must be integer' }]);
});

test('patterns and unique items take a hostile value in linear time', () => {
  const check = (input_schema: object) =>
    inputCheck({ id: JSON.stringify(input_schema), updated: new Date(1), input_schema });
  // Minutes to years with a regular expression of JavaScript.
  const backtracking = check({ pattern: '^(a+)+$' });
  expect(backtracking?.(`${'a'.repeat(50_000)}!`)).toHaveLength(1);
  expect(backtracking?.('aaa')).toBeUndefined();
  const [digits, letters] = [check({ pattern: '^\\d{4}/[\\w.-]+$' }), check({ pattern: '^\\p{Lu}$' })];
  expect([digits?.('2026/a.b'), letters?.('È')]).toEqual([undefined, undefined]);

  const unique = check({ uniqueItems: true });
  const items = Array.from({ length: 100_000 }, (_, n) => ({ n, also: [n] }));
  expect(unique?.(items)).toBeUndefined();
  expect(
    unique?.([
      { a: 1, b: 2 },
      { b: 2, a: 1 },
    ]),
  ).toEqual([{ path: '', message: 'must NOT have duplicate items' }]);
  expect(check({ uniqueItems: false })?.([1, 1])).toBeUndefined();
});

test('a value that is nested too deep for a recursive schema does not fit', () => {
  const check = inputCheck({
    id: 'deep',
    updated: new Date(1),
    input_schema: { $defs: { list: { items: { $ref: '#/$defs/list' } } }, $ref: '#/$defs/list' },
  });
  let value: unknown[] = [];
  for (let level = 0; level < 100_000; level++) value = [value];
  expect(check?.(value)).toEqual([{ path: '', message: 'is nested too deep' }]);
});
