import { expect, test } from 'vitest';
import { LineAssembler, longestLine, presentLine } from './lines.ts';

const bytes = (text: string) => new TextEncoder().encode(text);

test('completes lines over chunk borders, also inside a character', () => {
  const lines = new LineAssembler();
  const text = bytes('grün\nblau\n');
  expect(lines.push(text.slice(0, 3))).toEqual([]);
  expect(lines.push(text.slice(3))).toEqual(['grün', 'blau']);
});

test('replaces invalid UTF-8 and NUL', () => {
  const lines = new LineAssembler();
  expect(lines.push(new Uint8Array([0x61, 0xff, 0x62, 0x0a]))).toEqual(['a\uFFFDb']);
  expect(presentLine('a\0b', [])).toBe('a\uFFFDb');
});

test('shows of a progress bar only its present state, and its last state once', () => {
  const lines = new LineAssembler();
  lines.push(bytes('\r 10%\r 20%'));
  expect(lines.progress()).toBe(' 20%');
  expect(lines.progress()).toBeUndefined();
  lines.push(bytes('\r100%'));
  expect(lines.progress()).toBe('100%');
  expect(lines.push(bytes('\nnext\n'))).toEqual(['next']);
});

test('keeps Windows line ends and empty lines apart from progress', () => {
  const lines = new LineAssembler();
  expect(lines.push(bytes('one\r\n\r\ntwo\r\n'))).toEqual(['one', '', 'two']);
});

test('gives a line without an end when the output ends', () => {
  const lines = new LineAssembler();
  lines.push(bytes('half'));
  expect(lines.progress()).toBeUndefined();
  expect(lines.end()).toEqual(['half']);
});

test('shows the start of an endless line once and goes on after it', () => {
  const lines = new LineAssembler();
  const shown = Array.from({ length: 10 }, () => lines.push(bytes('x'.repeat(20_000)))).flat();
  expect(shown).toHaveLength(1);
  expect(lines.push(bytes('\nnext\n'))).toEqual(['next']);
});

test('masks secrets and passwords in addresses, then cuts', () => {
  expect(presentLine('key s3cret at https://me:pw@host/x', ['s3cret'])).toBe('key *** at https://***@host/x');
  const cut = presentLine('y'.repeat(longestLine + 5), []);
  expect(cut).toMatch(/^y+ … \(5 more characters\)$/);
});
