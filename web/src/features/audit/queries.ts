import type { AuditEntryDetail, AuditPage, MappingRestored, PersonName } from '@arno/protocol';
import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query';
import { consoleApi, withQuery } from '../../api/console.ts';
import { basePath } from '../../app/base.ts';
import { rangeOf } from '../../ui/period.ts';
import type { AuditSearch } from './search.ts';

const PAGE_SIZE = 50;

/** The list as the server reads it, page after page. */
export function auditQuery(search: AuditSearch) {
  return infiniteQueryOptions({
    queryKey: ['audit', 'list', search],
    queryFn: ({ signal, pageParam }) =>
      consoleApi<AuditPage>(
        'GET',
        withQuery('audit', { ...filtersOf(search), before: pageParam || undefined, limit: PAGE_SIZE }),
        { signal },
      ),
    initialPageParam: 0,
    getNextPageParam: ({ next }) => next,
    placeholderData: keepPreviousData,
  });
}

export function entryQuery(id: string) {
  return queryOptions({
    queryKey: ['audit', 'entry', id],
    queryFn: ({ signal }) =>
      consoleApi<AuditEntryDetail>('GET', `audit/${encodeURIComponent(id)}`, { signal }),
  });
}

/** Who stands in the list. */
export const actorsQuery = queryOptions({
  queryKey: ['audit', 'people'],
  queryFn: ({ signal }) => consoleApi<{ items: PersonName[] }>('GET', 'audit/people', { signal }),
  staleTime: 60_000,
});

/** Address of the whole list as a file, for the browser to download. */
export function exportAddress(search: AuditSearch, format: 'csv' | 'ndjson'): string {
  return `${basePath}/console/v1/${withQuery('audit/export', { ...filtersOf(search), format })}`;
}

export function restore(id: number): Promise<MappingRestored> {
  return consoleApi('POST', `audit/${id}/restore`);
}

function filtersOf({ q, user, subject, id, action, period, from, to }: AuditSearch) {
  const range = rangeOf({ ...(period && { period }), ...(from && { from }), ...(to && { to }) });
  return { q, user_id: user, subject, subject_id: id, action, ...range };
}
