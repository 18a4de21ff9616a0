import { useRef, useState } from 'react';

/** The rows a person has ticked, of those a table shows. */
export interface Selection<Row> {
  /** The ticked rows, in the table's order. */
  rows: readonly Row[];
  has: (row: Row) => boolean;
  /** Ticks or unticks a row; with `range` also all between it and the one before. */
  toggle: (row: Row, range?: boolean) => void;
  /** Ticks all, or none when all are ticked. */
  toggleAll: () => void;
  clear: () => void;
}

/**
 * Which rows of a table are ticked. Rows that leave the table (another page, another filter) are no longer ticked, so that
 * nothing is ever done to a row that nobody sees.
 */
export function useSelection<Row>(
  rows: readonly Row[] | undefined,
  rowKey: (row: Row) => string,
): Selection<Row> {
  const [keys, setKeys] = useState<ReadonlySet<string>>(new Set());
  const last = useRef<string>(undefined);
  const shown = rows ?? [];
  const ticked = shown.filter((row) => keys.has(rowKey(row)));
  const tickedKeys = ticked.map(rowKey);
  return {
    rows: ticked,
    has: (row) => keys.has(rowKey(row)),
    toggle(row, range = false) {
      const key = rowKey(row);
      const touched = range ? between(shown.map(rowKey), last.current ?? key, key) : [key];
      setKeys(withKeys(tickedKeys, touched, !keys.has(key)));
      last.current = key;
    },
    toggleAll: () => setKeys(new Set(ticked.length === shown.length ? [] : shown.map(rowKey))),
    clear: () => setKeys(new Set()),
  };
}

/** The keys from one to another, both included, in whichever order they stand. */
export function between(keys: readonly string[], from: string, to: string): string[] {
  const places = [keys.indexOf(from), keys.indexOf(to)].sort((a, b) => a - b);
  const [first = -1, last = -1] = places;
  return first < 0 ? [to] : keys.slice(first, last + 1);
}

function withKeys(ticked: readonly string[], touched: readonly string[], on: boolean): ReadonlySet<string> {
  const next = new Set(ticked);
  for (const key of touched) {
    if (on) next.add(key);
    else next.delete(key);
  }
  return next;
}
