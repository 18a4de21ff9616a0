import { expect, it } from 'vitest';
import { nestsDeeper } from './nesting.ts';

const lists = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);

it('counts lists and objects', () => {
  expect(nestsDeeper(lists(100), 100)).toBe(false);
  expect(nestsDeeper(lists(101), 100)).toBe(true);
  expect(nestsDeeper(`${'{"a":'.repeat(101)}1${'}'.repeat(101)}`, 100)).toBe(true);
});

it('does not mind many beside each other', () => {
  expect(nestsDeeper(`[${Array(1000).fill('[]').join(',')}]`, 100)).toBe(false);
});

it('does not count brackets within texts, also after escaped quotes', () => {
  expect(nestsDeeper(JSON.stringify({ text: `"\\${'['.repeat(500)}` }), 100)).toBe(false);
  expect(nestsDeeper(`["\\\\",${lists(100)}]`, 100)).toBe(true);
});
