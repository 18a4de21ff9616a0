import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { createTestFolder } from '../../test/folder.ts';
import { generalParameters, writeParameters } from './parameters.ts';

const general = (values: Record<string, string>) => ({
  General: Object.fromEntries(Object.entries(values).map(([name, value]) => [name, { name, value }])),
});

test('nests paths and leaves values as they are stored', () => {
  const nested = generalParameters(general({ a: '1', 'm/layers': '[1, 2]', 'm/opt/lr': '0.1' }));
  expect(JSON.parse(JSON.stringify(nested))).toEqual({ a: '1', m: { layers: '[1, 2]', opt: { lr: '0.1' } } });
});

test('keeps a name that is a value and a path', () => {
  expect({ ...generalParameters(general({ a: '1', 'a/b': '2' })) }).toEqual({ a: '1', 'a/b': '2' });
});

test('takes any name without touching prototypes', () => {
  const text = JSON.stringify(generalParameters(general({ '__proto__/polluted': 'x', constructor: 'y' })));
  expect(text).toBe('{"__proto__":{"polluted":"x"},"constructor":"y"}');
  expect(({} as Record<string, unknown>).polluted).toBeUndefined();
});

test('writes a file, and a variable while it is small', async () => {
  const folder = createTestFolder();
  const small = await writeParameters(general({ a: '1' }), folder);
  expect(small.ARNO_PARAMS).toBe('{"a":"1"}');
  expect(readFileSync(small.ARNO_PARAMS_FILE ?? '', 'utf8')).toBe('{"a":"1"}');
  const large = await writeParameters(general({ a: 'x'.repeat(70_000) }), folder);
  expect(large.ARNO_PARAMS).toBeUndefined();
});
