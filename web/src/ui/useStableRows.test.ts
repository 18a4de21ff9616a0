import { expect, test } from 'vitest';
import { mergeRows } from './useStableRows.ts';

test('rows keep their places and get their newest version', () => {
  const shown = [
    { id: 'a', status: 'in_progress' },
    { id: 'b', status: 'queued' },
  ];
  const live = [
    { id: 'new', status: 'queued' },
    { id: 'b', status: 'in_progress' },
    { id: 'a', status: 'completed' },
  ];
  expect(mergeRows(shown, live, (row) => row.id)).toEqual([
    { id: 'a', status: 'completed' },
    { id: 'b', status: 'in_progress' },
  ]);
});
