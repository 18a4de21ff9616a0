import type { FileDeletionState, FileDeletions, FileStorage, SystemHealth } from '@arno/protocol';
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { consoleApi, withQuery } from '../../api/console.ts';

export const healthQuery = queryOptions({
  queryKey: ['system', 'health'],
  queryFn: ({ signal }) => consoleApi<SystemHealth>('GET', 'system/health', { signal }),
  refetchInterval: 5_000,
});

/** Counting the files of a large store takes its time; meanwhile it is looked for often. */
export const filesQuery = queryOptions({
  queryKey: ['system', 'files'],
  queryFn: ({ signal }) => consoleApi<FileStorage>('GET', 'system/files', { signal }),
  refetchInterval: ({ state }) => (state.data?.counting ? 2_000 : 60_000),
});

/** Files of deleted tasks in one state, the newest first. */
export function fileDeletionsQuery(state: FileDeletionState) {
  return infiniteQueryOptions({
    queryKey: ['system', 'file-deletions', state],
    queryFn: ({ pageParam, signal }) =>
      consoleApi<FileDeletions>('GET', withQuery('system/file-deletions', { state, before: pageParam }), {
        signal,
      }),
    initialPageParam: undefined as number | undefined,
    getNextPageParam: ({ next }) => next,
  });
}
