import { describe, expect, test } from 'vitest';
import type { Hyperparams } from '../../features/tasks/index.ts';
import { type Params, withParams } from './params.ts';

function template(sections: Record<string, Record<string, [value: string, type?: string]>>): Hyperparams {
  return Object.fromEntries(
    Object.entries(sections).map(([section, items]) => [
      section,
      Object.fromEntries(
        Object.entries(items).map(([name, [value, type]]) => [
          name,
          { section, name, value, ...(type !== undefined && { type }) },
        ]),
      ),
    ]),
  );
}

/** `section/name` -> value and type. */
function flat(hyperparams: Hyperparams) {
  return Object.fromEntries(
    Object.values(hyperparams)
      .flatMap((items) => Object.values(items))
      .map(({ section, name, value, type }) => [
        `${section}/${name}`,
        type === undefined ? [value] : [value, type],
      ]),
  );
}

// What the SDK itself stores for these values (clearml 2.1, task.connect).
test.each<[unknown, string[]]>([
  [1, ['1', 'int']],
  [-5, ['-5', 'int']],
  [0.1, ['0.1', 'float']],
  [1e21, ['1e+21', 'float']],
  [true, ['True', 'bool']],
  [false, ['False', 'bool']],
  [null, ['']],
  ['x', ['x', 'str']],
  ['', ['', 'str']],
  [
    [1, 2],
    ['[1,2]', 'list/int'],
  ],
  [
    ['a', 'b'],
    ['["a","b"]', 'list/str'],
  ],
  [
    [1, 'a', true, null],
    ['[1,"a",true,null]', 'list'],
  ],
  [[{ a: 1 }], ['[{"a":1}]', 'list/dict']],
  [[], ['[]', 'list']],
  [{}, ['{}', 'dict']],
])('a new parameter %j is stored as %j', (value, stored) => {
  expect(flat(withParams({}, { new: value }))).toEqual({ 'General/new': stored });
});

test.each<[string | undefined, unknown, string[]]>([
  ['int', '48', ['48', 'int']],
  ['int', 48, ['48', 'int']],
  ['int', 1.5, ['1.5', 'float']],
  ['float', 1, ['1', 'float']],
  ['bool', true, ['True', 'bool']],
  ['bool', 'False', ['False', 'bool']],
  ['str', 7, ['7', 'int']],
  ['int', null, ['']],
  ['tuple/int', [1.5], ['[1.5]', 'tuple/float']],
  ['list/int', ['a'], ['["a"]', 'list/str']],
  [undefined, '7', ['7']],
  [undefined, 7, ['7', 'int']],
])('a parameter of type %s given %j is stored as %j', (type, value, stored) => {
  const before = template({ General: { known: type === undefined ? ['0'] : ['0', type] } });
  expect(flat(withParams(before, { known: value }))).toEqual({ 'General/known': stored });
});

describe('sections', () => {
  const before = template({
    General: { lr: ['1', 'int'], 'model/depth': ['3', 'int'] },
    Args: { lr: ['0.5', 'float'], seed: ['1', 'int'] },
  });
  const changed = (params: Params) => {
    const after = flat(withParams(before, params));
    const old = flat(before);
    return Object.fromEntries(Object.entries(after).filter(([name, item]) => `${old[name]}` !== `${item}`));
  };

  test.each<[string, Params, Record<string, string[]>]>([
    ['a plain name', { lr: 2 }, { 'General/lr': ['2', 'int'] }],
    ['a name with its section', { 'Args/lr': 2 }, { 'Args/lr': ['2', 'float'] }],
    ['a section that the template lacks', { 'New/sec/tion': 'x' }, { 'New/sec/tion': ['x', 'str'] }],
    ['General by its name', { 'General/lr': 2 }, { 'General/lr': ['2', 'int'] }],
    ['General as an object', { General: { lr: 2 } }, { 'General/lr': ['2', 'int'] }],
    ['a section as an object', { Args: { seed: 7 } }, { 'Args/seed': ['7', 'int'] }],
    ['an object inside a section', { 'Args/opt': { a: 1 } }, { 'Args/opt/a': ['1', 'int'] }],
    ['any other object', { net: { deep: { er: 1 } } }, { 'General/net/deep/er': ['1', 'int'] }],
    ['a path of General as an object', { model: { depth: 5 } }, { 'General/model/depth': ['5', 'int'] }],
    ['a path of General as a name', { 'model/depth': 5 }, { 'General/model/depth': ['5', 'int'] }],
    ['a slash at an end', { '/a': 1, 'b/': 2 }, { 'General//a': ['1', 'int'], 'General/b/': ['2', 'int'] }],
  ])('%s', (_what, params, expected) => {
    expect(changed(params)).toEqual(expected);
    expect(Object.keys(withParams(before, params).Args ?? {})).toContain('seed');
  });

  test('named like what every object has are sections like any other', () => {
    const params = JSON.parse('{"__proto__/a": "1", "constructor/b": "2", "__proto__": "3"}');
    expect(flat(withParams({}, params))).toEqual({
      '__proto__/a': ['1', 'str'],
      'constructor/b': ['2', 'str'],
      'General/__proto__': ['3', 'str'],
    });
    expect({}).not.toHaveProperty('a');
  });
});

test('objects without end are refused', () => {
  let params: Params = { end: 1 };
  for (let level = 0; level < 40; level++) params = { deeper: params };
  expect(() => withParams({}, params)).toThrow('params are nested deeper than 32 levels');
});

test('so are parameters without number', () => {
  const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, n) => [`p${n}`, n]));
  expect(Object.keys(withParams({}, many(10_000)).General ?? {})).toHaveLength(10_000);
  const nested = { a: many(6_000), b: many(6_000) };
  expect(() => withParams({}, nested)).toThrow('params are more than 10000');
});

test('a parameter has its size, and all have theirs together', () => {
  const mebibyte = 1024 * 1024;
  const refused = (params: Params) => {
    let refusal: unknown;
    try {
      withParams({}, params);
    } catch (error) {
      refusal = error;
    }
    expect(refusal).toMatchObject({ code: 'invalid_request' });
    return (refusal as Error).message;
  };
  const whole = { image: 'x'.repeat(mebibyte - 5) };
  expect(withParams({}, whole).General?.image?.value).toBe(whole.image);
  expect(refused({ 'Args/photo': { big: 'x'.repeat(mebibyte) } })).toBe(
    'params: Args/photo/big is larger than 1048576 bytes; pass the address of a file instead',
  );
  // Bytes, not characters; also of lists and of names.
  for (const value of ['è'.repeat(mebibyte / 2), Array(mebibyte / 2).fill(1)])
    expect(refused({ value })).toMatch(/^params: value is larger/);
  expect(refused({ ['n'.repeat(mebibyte)]: 1 })).toMatch(/^params: n{200} is larger/);
  const parts = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, n) => [`part${n}`, 'x'.repeat(mebibyte - 5)]));
  expect(Object.keys(withParams({}, parts(4)).General ?? {})).toHaveLength(4);
  expect(refused(parts(5))).toMatch(/^params are larger than 4194304 bytes together/);
});
