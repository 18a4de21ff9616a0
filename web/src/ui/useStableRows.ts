import { useState } from 'react';

interface Stable<Row> {
  rows: Row[] | undefined;
  /** Rows that wait to be shown. */
  waiting: number;
  /** Shows the newest list as it is. */
  accept: () => void;
}

/** Keeps the order of `shown` and takes each row's newest version from `live`. */
export function mergeRows<Row>(
  shown: readonly Row[],
  live: readonly Row[],
  key: (row: Row) => string,
): Row[] {
  const newest = new Map(live.map((row) => [key(row), row]));
  return shown.map((row) => newest.get(key(row)) ?? row);
}

/**
 * Lists that update without moving what the person reads: known rows change in place, new ones wait until accepted.
 * `scope` names the list (filters, page): another scope starts afresh.
 */
export function useStableRows<Row>(
  scope: string,
  live: readonly Row[] | undefined,
  key: (row: Row) => string,
): Stable<Row> {
  const [shown, setShown] = useState<{ scope: string; rows: readonly Row[] }>();
  const current = shown?.scope === scope && shown.rows.length > 0 ? shown.rows : undefined;
  if (live && !current && live.length > 0) setShown({ scope, rows: live });
  if (!live) return { rows: undefined, waiting: 0, accept() {} };

  const base = current ?? live;
  const known = new Set(base.map(key));
  return {
    rows: mergeRows(base, live, key),
    waiting: live.filter((row) => !known.has(key(row))).length,
    accept: () => setShown({ scope, rows: live }),
  };
}
