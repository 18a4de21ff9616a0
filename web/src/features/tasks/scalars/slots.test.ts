import { expect, test } from 'vitest';
import { assignSlots } from './slots.ts';

test('a variant that metrics share has one colour, the others fill what is free', () => {
  const curve = { name: '', x: [], y: [] };
  const slots = assignSlots({
    accuracy: { train: curve, validation: curve },
    loss: { other: curve, train: curve, validation: curve },
  });
  expect(slots.get('accuracy')?.get('train')).toBe(slots.get('loss')?.get('train'));
  expect(new Set(slots.get('loss')?.values()).size).toBe(3);
});
