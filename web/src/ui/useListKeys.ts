import { type RefObject, useEffect, useState } from 'react';

interface Options<Row> {
  rows: readonly Row[];
  onOpen: (row: Row) => void;
  search: RefObject<HTMLInputElement | null>;
}

/** The keys of a list: `/` searches, `j` and `k` move, `Enter` opens. Returns the row the keyboard is on. */
export function useListKeys<Row>({ rows, onOpen, search }: Options<Row>): number | undefined {
  const [cursor, setCursor] = useState<number>();
  const at = cursor !== undefined && cursor < rows.length ? cursor : undefined;
  useEffect(() => {
    function onKey(event: KeyboardEvent) {
      if (event.ctrlKey || event.metaKey || event.altKey || isBusy(event.target)) return;
      if (event.key === '/') {
        event.preventDefault();
        search.current?.focus();
      } else if (event.key === 'j') setCursor(Math.min((at ?? -1) + 1, rows.length - 1));
      else if (event.key === 'k') setCursor(Math.max((at ?? 1) - 1, 0));
      else if (event.key === 'Enter' && at !== undefined && event.target === document.body) {
        const row = rows[at];
        if (row) onOpen(row);
      }
    }
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, [rows, onOpen, search, at]);
  useEffect(() => {
    if (at !== undefined) document.querySelector('tr[data-cursor]')?.scrollIntoView({ block: 'nearest' });
  }, [at]);
  return at;
}

/** Keys typed into a field, a menu or a dialog belong to it. */
function isBusy(target: EventTarget | null): boolean {
  return (
    target instanceof Element &&
    target.closest('input, textarea, select, [role="dialog"], [role="menu"]') !== null
  );
}
