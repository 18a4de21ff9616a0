import type { Call, CallChoice, CallDetail, CallDocument, CallsCount, CallsPage } from '@arno/protocol';
import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { consoleApi, withQuery } from '../../api/console.ts';
import { isUnfinished } from './callList.ts';
import { type CallsSearch, filterQuery } from './search.ts';

const POLL_MS = 5_000;
/** In case something between holds back the stream that keeps the list up to date. */
const FALLBACK_POLL_MS = 60_000;
const PAGE_SIZE = 50;

/** A page of the list, and which filters it belongs to. */
export interface ShownCalls extends CallsPage {
  scope: string;
}

export const callsKey = (kind: Call['kind'], search: CallsSearch) => ['calls', kind, search] as const;

/** A page of calls, the newest first. It is kept up to date by `useLiveCalls`. */
export function callsQuery(kind: Call['kind'], search: CallsSearch) {
  return queryOptions({
    queryKey: callsKey(kind, search),
    queryFn: async ({ signal }): Promise<ShownCalls> => {
      const query = { ...filterQuery(kind, search), before: search.before, limit: PAGE_SIZE };
      const page = await consoleApi<CallsPage>('GET', withQuery('calls', query), { signal });
      return { ...page, scope: JSON.stringify([kind, search]) };
    },
    placeholderData: keepPreviousData,
    refetchInterval: search.before ? false : FALLBACK_POLL_MS,
  });
}

/** How many calls the filters let through; the page of the list does not matter. */
export function countQuery(kind: Call['kind'], { before, ...search }: CallsSearch) {
  return queryOptions({
    queryKey: ['callCount', kind, search],
    queryFn: ({ signal }) =>
      consoleApi<CallsCount>('GET', withQuery('calls/count', filterQuery(kind, search)), { signal }),
    staleTime: 30_000,
  });
}

/** What a filter can be set to, by the text that was typed, or the one choice with an id. */
export function choicesQuery(
  of: 'mapping' | 'machine' | 'caller',
  { kind, q, id }: { kind?: Call['kind']; q?: string; id?: string | undefined },
) {
  return queryOptions({
    queryKey: ['callChoices', of, kind, q, id],
    queryFn: ({ signal }) =>
      consoleApi<{ items: CallChoice[] }>('GET', withQuery('calls/choices', { of, kind, q, id }), { signal }),
    select: ({ items }) => items,
    staleTime: 60_000,
    placeholderData: keepPreviousData,
  });
}

export function callQuery(id: string) {
  return queryOptions({
    queryKey: ['call', id],
    queryFn: ({ signal }) => consoleApi<CallDetail>('GET', `calls/${encodeURIComponent(id)}`, { signal }),
    refetchInterval: ({ state }) => (isUnfinished(state.data) ? POLL_MS : false),
  });
}

/** What the gateway tells who made the call: progress, place in the queue, results. */
export function documentQuery(call: Call) {
  return queryOptions({
    queryKey: ['callDocument', call.id, call.status],
    queryFn: ({ signal }) => consoleApi<CallDocument>('GET', `try/calls/${call.id}`, { signal }),
    refetchInterval: isUnfinished(call) ? POLL_MS : false,
    placeholderData: keepPreviousData,
  });
}
