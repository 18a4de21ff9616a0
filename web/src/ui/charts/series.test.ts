import { expect, test } from 'vitest';
import { align, nearest, smoothed, stacked } from './series.ts';

test('curves of different steps share one axis', () => {
  const aligned = align([
    { name: 'train', x: [0, 1, 2], y: [3, 2, 1] },
    { name: 'validation', x: [0, 2, 4], y: [5, 4, 3] },
  ]);
  expect(aligned.x).toEqual([0, 1, 2, 4]);
  expect(aligned.ys).toEqual([
    [3, 2, 1, null],
    [5, null, 4, 3],
  ]);
});

test('smoothing starts at the first value, keeps gaps and a flat line', () => {
  expect(smoothed([2, null, 2, 2], 0.9)).toEqual([2, null, expect.closeTo(2), expect.closeTo(2)]);
  expect(smoothed([0, 1], 0)).toEqual([0, 1]);
});

test('the nearest point wins over an exact place without one', () => {
  expect(nearest([1, null, null, 4], 2)).toBe(3);
  expect(nearest([null, null], 0)).toBeUndefined();
});

test('bars stand on those before them, and a hidden one takes no room', () => {
  const aligned = {
    names: ['ok', 'failed'],
    x: [0, 1],
    ys: [
      [3, 4],
      [1, null],
    ],
  };
  expect(stacked(aligned, new Set())).toEqual([
    [3, 4],
    [4, 4],
  ]);
  expect(stacked(aligned, new Set(['ok']))).toEqual([
    [0, 0],
    [1, 0],
  ]);
});
