import { expect, test } from 'vitest';
import { fieldsOf } from './schema.ts';

const field = (name: string, more: object) => ({
  name,
  title: name,
  description: '',
  isRequired: false,
  type: 'json',
  choices: undefined,
  standard: '',
  ...more,
});

test('a schema tells the fields of a form', () => {
  const schema = {
    type: 'object',
    required: ['hours'],
    properties: {
      hours: { type: 'integer', title: 'Hours', description: 'To forecast', default: 3 },
      place: { type: ['string', 'null'] },
      full: { type: 'boolean' },
      method: { enum: ['linear', 'mean'] },
      occupied: { type: 'array', items: { type: 'number' } },
      anything: true,
    },
  };
  expect(fieldsOf(schema, undefined)).toEqual([
    field('hours', {
      title: 'Hours',
      description: 'To forecast',
      isRequired: true,
      type: 'num',
      standard: '3',
    }),
    field('place', { type: 'str' }),
    field('full', { type: 'bool' }),
    field('method', { type: 'str', choices: ['linear', 'mean'] }),
    field('occupied', {}),
    field('anything', {}),
  ]);
});

test('without a schema the example does, and without both there is no form', () => {
  expect(fieldsOf(undefined, { hours: 3, place: 'Pisa', full: false, occupied: [1] })).toEqual([
    field('hours', { type: 'num' }),
    field('place', { type: 'str' }),
    field('full', { type: 'bool' }),
    field('occupied', {}),
  ]);
  expect(fieldsOf({ type: 'array' }, [1, 2])).toEqual([]);
  expect(fieldsOf(undefined, undefined)).toEqual([]);
});
