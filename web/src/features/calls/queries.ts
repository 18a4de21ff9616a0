import type { Call, CallDetail } from '@arno/protocol';
import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { consoleApi, withQuery } from '../../api/console.ts';
import type { CallsSearch } from './search.ts';

const POLL_MS = 5_000;
const PAGE_SIZE = 50;

/** A page of calls, the newest first. Only the first page is polled: older ones hardly change. */
export function callsQuery(kind: Call['kind'], search: CallsSearch) {
  const { status, q, before } = search;
  return queryOptions({
    queryKey: ['calls', kind, search],
    queryFn: async ({ signal }) => {
      const path = withQuery('calls', { kind, status, q, before, limit: PAGE_SIZE });
      const page = await consoleApi<{ items: Call[]; next?: string }>('GET', path, { signal });
      return { ...page, scope: JSON.stringify([kind, search]) };
    },
    placeholderData: keepPreviousData,
    refetchInterval: before ? false : POLL_MS,
  });
}

export function callQuery(id: string) {
  return queryOptions({
    queryKey: ['call', id],
    queryFn: ({ signal }) => consoleApi<CallDetail>('GET', `calls/${encodeURIComponent(id)}`, { signal }),
    refetchInterval: ({ state }) => (isUnfinished(state.data) ? POLL_MS : false),
  });
}

function isUnfinished(call: CallDetail | undefined): boolean {
  return call?.status === 'queued' || call?.status === 'running';
}
