import type { Call } from '@arno/protocol';
import type { CallsSearch } from './search.ts';

/** Whether more is to come of a call. */
export function isUnfinished(call: Pick<Call, 'status'> | undefined): boolean {
  return call?.status === 'queued' || call?.status === 'running';
}

/**
 * The list with a call that is new or changed. A known one changes in place, also when it no longer fits the filters, since it must
 * not vanish while it is read.
 *
 * @param isWhole the list has no older page
 */
export function withCall(items: Call[], call: Call, search: CallsSearch, isWhole: boolean): Call[] {
  const place = items.findIndex(({ id }) => id === call.id);
  if (place >= 0) return items.with(place, call);
  const { status, outcome } = search;
  if ((status && !status.includes(call.status)) || (outcome && call.outcome !== outcome)) return items;
  const older = items.findIndex((other) => isBefore(other, call));
  if (older >= 0) return items.toSpliced(older, 0, call);
  return isWhole ? [...items, call] : items;
}

/** The log's order: the newest first, then by id. */
function isBefore(a: Call, b: Call): boolean {
  return a.created_at < b.created_at || (a.created_at === b.created_at && a.id < b.id);
}
