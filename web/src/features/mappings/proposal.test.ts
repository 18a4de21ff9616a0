import { expect, test } from 'vitest';
import { proposalFrom } from './proposal.ts';

test('a schema and an example come from what the task has', () => {
  const General = {
    occupied: { name: 'occupied', value: '[112, 131.5]', description: 'Places taken.' },
    capacity: { name: 'capacity', value: '240' },
    rate: { name: 'rate', value: '0.5' },
    place: { name: 'place', value: 'Firenze' },
    strict: { name: 'strict', value: 'True' },
    none: { name: 'none', value: 'null' },
    mixed: { name: 'mixed', value: '[1, "a"]' },
  };
  expect(proposalFrom({ General, Args: {} })).toEqual({
    schema: {
      type: 'object',
      additionalProperties: false,
      properties: {
        occupied: { type: 'array', items: { type: 'number' }, description: 'Places taken.' },
        capacity: { type: 'integer' },
        rate: { type: 'number' },
        place: { type: 'string' },
        strict: { type: 'boolean' },
        none: { type: 'string' },
        mixed: { type: 'array', items: {} },
      },
    },
    example: {
      ...{ occupied: [112, 131.5], capacity: 240, rate: 0.5, place: 'Firenze', strict: true },
      ...{ none: 'null', mixed: [1, 'a'] },
    },
  });
});

test('a task without parameters of its own proposes nothing', () => {
  expect(proposalFrom(undefined)).toBeUndefined();
  expect(proposalFrom({ Args: { x: { value: '1' } } })).toBeUndefined();
});
