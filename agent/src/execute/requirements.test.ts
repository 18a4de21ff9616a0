import { expect, test } from 'vitest';
import { environmentKey, failedPackage, isLocal, requirementLines } from './requirements.ts';

test('reads what the SDK stores: comments, blanks, text or list', () => {
  const text = '# Python 3.11.7 [GCC 12.2.0]\n\nclearml == 2.1.7\nnumpy==1.26.4  # pinned\r\n# extra\n';
  expect(requirementLines(text)).toEqual(['clearml == 2.1.7', 'numpy==1.26.4']);
  expect(requirementLines(['a', '', 'b'])).toEqual(['a', 'b']);
  expect(requirementLines(undefined)).toEqual([]);
});

test('a fragment of an address is no comment', () => {
  const line = 'pkg @ git+https://host/x.git#egg=pkg';
  expect(requirementLines(line)).toEqual([line]);
});

test.each([
  ['-e .', true],
  ['--editable ./lib', true],
  ['-e lib', true],
  ['./wheels/a.whl', true],
  ['.', true],
  ['-r other.txt', true],
  ['pkg @ file:///build/x', true],
  ['numpy==1.26.4', false],
  ['-e git+https://host/x.git#egg=x', false],
  ['--extra-index-url https://host/simple', false],
])('%s points into the checkout: %s', (line, local) => {
  expect(isLocal(line)).toBe(local);
});

test('the key depends on the packages and the Python', () => {
  const python = { path: '/usr/bin/python3', prefix: '/usr', version: '3.11.7' };
  expect(environmentKey(['a'], python)).toBe(environmentKey(['a'], { ...python, path: '/usr/bin/python' }));
  expect(environmentKey(['a'], python)).toBe(environmentKey(['a'], python));
  expect(environmentKey(['a'], python)).not.toBe(environmentKey(['b'], python));
  expect(environmentKey(['a'], python)).not.toBe(environmentKey(['a'], { ...python, version: '3.12.0' }));
});

test.each([
  ['ERROR: No matching distribution found for no-such==1.0', 'no-such==1.0'],
  ['  x No solution found:\n  Because no-such was not found in the package registry and', 'no-such'],
  ['ERROR: Failed building wheel for thing\n', 'thing'],
  ['something else', undefined],
])('%s', (output, name) => {
  expect(failedPackage(output)).toBe(name);
});
