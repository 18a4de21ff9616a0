import { IconKey } from '@tabler/icons-react';
import { expect, test } from 'vitest';
import { matching, namedFirst } from './entries.ts';

const entries = ['Task Mappings', 'Nuovo task mapping', 'Attività'].map((label) => ({
  ...{ id: label, label, icon: IconKey },
  run() {},
}));

test.each([
  ['', ['Task Mappings', 'Nuovo task mapping', 'Attività']],
  ['TASK map', ['Task Mappings', 'Nuovo task mapping']],
  ['mapping nuovo', ['Nuovo task mapping']],
  ['attivita', ['Attività']],
  ['queue', []],
])('%j finds %j', (words, found) => {
  expect(matching(entries, words).map(({ label }) => label)).toEqual(found);
});

test('what is called so goes before what is only about it', () => {
  expect(namedFirst(entries, 'nuovo').map(({ label }) => label)).toEqual([
    'Nuovo task mapping',
    'Task Mappings',
    'Attività',
  ]);
});
