import { expect, test } from 'vitest';
import { fieldOf } from './serverFields.ts';

const values = { alias: '', limits: { perMinute: 5 }, schema: '{}' };

test.each([
  ['alias', 'alias'],
  ['limits.perMinute', 'limits.perMinute'],
  ['limits.unknown', 'limits'],
  ['input_schema.properties.x', 'schema'],
  ['toString', undefined],
  ['company', undefined],
])('the server’s field %s is the form’s %s', (server, field) => {
  expect(fieldOf(values, server, { input_schema: 'schema' })).toBe(field);
});
