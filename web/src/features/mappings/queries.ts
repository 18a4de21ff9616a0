import type { EndpointMapping, MachineMapping, Page, TaskMapping } from '@arno/protocol';
import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { consoleApi, withQuery } from '../../api/console.ts';
import type { MappingsSearch } from './search.ts';

/** The three registrations: path of the API -> its rows. */
export interface Mappings {
  'task-mappings': TaskMapping;
  'endpoint-mappings': EndpointMapping;
  'machine-mappings': MachineMapping;
}
export type MappingPath = keyof Mappings;

export const PAGE_SIZE = 25;

export function mappingsQuery<Path extends MappingPath>(path: Path, { q, page = 1 }: MappingsSearch) {
  return queryOptions({
    queryKey: ['mappings', path, q, page],
    queryFn: ({ signal }) =>
      consoleApi<Page<Mappings[Path]>>('GET', withQuery(path, { q, page, page_size: PAGE_SIZE }), { signal }),
    placeholderData: keepPreviousData,
  });
}

export function mappingQuery<Path extends MappingPath>(path: Path, id: string) {
  return queryOptions({
    queryKey: ['mapping', path, id],
    queryFn: ({ signal }) =>
      consoleApi<Mappings[Path]>('GET', `${path}/${encodeURIComponent(id)}`, { signal }),
  });
}
