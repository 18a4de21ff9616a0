import { type RefObject, useEffect, useState } from 'react';
import { isTyping, type PageKey, usePageKeys } from './pageKeys.ts';

const listKeys: readonly PageKey[] = [
  { keys: ['/'], does: 'shortcuts.search' },
  { keys: ['j', 'k'], does: 'shortcuts.move' },
  { keys: ['Enter'], does: 'shortcuts.open' },
  { keys: ['Esc'], does: 'shortcuts.close' },
];
const selectableListKeys: readonly PageKey[] = [...listKeys, { keys: ['x'], does: 'shortcuts.select' }];

interface Options<Row> {
  rows: readonly Row[];
  onOpen: (row: Row) => void;
  /** Ticks a row, in a list where rows can be ticked. */
  onSelect?: (row: Row) => void;
  search: RefObject<HTMLInputElement | null>;
}

/** The keys of a list: `/` searches, `j` and `k` move, `x` selects, `Enter` opens. Returns the row the keyboard is on. */
export function useListKeys<Row>({ rows, onOpen, onSelect, search }: Options<Row>): number | undefined {
  usePageKeys(onSelect ? selectableListKeys : listKeys);
  const [cursor, setCursor] = useState<number>();
  const at = cursor !== undefined && cursor < rows.length ? cursor : undefined;
  useEffect(() => {
    function onKey(event: KeyboardEvent) {
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      if (event.key === '/') {
        event.preventDefault();
        search.current?.focus();
      } else if (event.key === 'j') setCursor(Math.min((at ?? -1) + 1, rows.length - 1));
      else if (event.key === 'k') setCursor(Math.max((at ?? 1) - 1, 0));
      else if (event.key === 'x' && at !== undefined && rows[at]) onSelect?.(rows[at]);
      else if (event.key === 'Enter' && at !== undefined && event.target === document.body) {
        const row = rows[at];
        if (row) onOpen(row);
      }
    }
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, [rows, onOpen, onSelect, search, at]);
  useEffect(() => {
    if (at !== undefined) document.querySelector('[data-cursor]')?.scrollIntoView({ block: 'nearest' });
  }, [at]);
  return at;
}
