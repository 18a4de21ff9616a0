import type {
  AuditPage,
  CallerOptions,
  CallStats,
  ConsumerKey,
  MachineTest,
  MappingDeleted,
  MappingUsage,
  Page,
  QueueOption,
  TaskMapping,
  TaskOption,
} from '@arno/protocol';
import { keepPreviousData, type QueryClient, queryOptions } from '@tanstack/react-query';
import { clearml } from '../../api/clearml.ts';
import { consoleApi, withQuery } from '../../api/console.ts';
import { DEFAULT_PAGE_SIZE } from '../../app/search.ts';
import type { MappingPath, Mappings } from './kinds.ts';
import type { MappingsSearch } from './search.ts';

export function mappingsQuery<Path extends MappingPath>(path: Path, search: MappingsSearch) {
  const { q, order, access, queue, serving, page = 1, size = DEFAULT_PAGE_SIZE } = search;
  return queryOptions({
    queryKey: ['mappings', path, search],
    queryFn: ({ signal }) => {
      const query = { q, order, access, queue, serving_task_id: serving, page, page_size: size };
      return consoleApi<Page<Mappings[Path]>>('GET', withQuery(path, query), { signal });
    },
    placeholderData: keepPreviousData,
  });
}

/** All that carry or belong to a serving task, as far as anybody can look through them. */
export function ofServingTask<Path extends 'endpoint-mappings' | 'machine-mappings'>(
  path: Path,
  serving: string,
) {
  return mappingsQuery(path, { serving, size: 100 });
}

export function mappingQuery<Path extends MappingPath>(path: Path, id: string) {
  return queryOptions({
    queryKey: ['mapping', path, id],
    queryFn: ({ signal }) => consoleApi<Mappings[Path]>('GET', pathOf(path, id), { signal }),
  });
}

export function saveMapping<Path extends MappingPath>(path: Path, id: string | undefined, body: object) {
  return id === undefined
    ? consoleApi<Mappings[Path]>('POST', path, { body })
    : consoleApi<Mappings[Path]>('PATCH', pathOf(path, id), { body });
}

export function usageOf(path: MappingPath, ids: readonly string[]): Promise<{ items: MappingUsage[] }> {
  return consoleApi('GET', withQuery(`${path}/usage`, { ids: ids.join(',') }));
}

export function deleteMapping(path: MappingPath, id: string): Promise<MappingDeleted> {
  return consoleApi('DELETE', pathOf(path, id));
}

export function restoreMapping(auditId: string): Promise<unknown> {
  return consoleApi('POST', `audit/${auditId}/restore`);
}

/** What changed beside one mapping: lists, others that name it, and its numbers. */
export function refreshMappings(client: QueryClient): Promise<unknown> {
  return Promise.all([
    client.invalidateQueries({ queryKey: ['mappings'] }),
    client.invalidateQueries({ queryKey: ['mapping'] }),
    client.invalidateQueries({ queryKey: ['dashboard'] }),
  ]);
}

export function testMachine(
  body: { base_url: string; health_path?: string },
  signal: AbortSignal,
): Promise<MachineTest> {
  return consoleApi('POST', 'machine-mappings/test', { body, signal });
}

export function keysQuery(path: MappingPath, id: string) {
  return queryOptions({
    queryKey: ['mapping', path, id, 'keys'],
    queryFn: ({ signal }) =>
      consoleApi<{ items: ConsumerKey[] }>('GET', `${pathOf(path, id)}/keys`, { signal }),
  });
}

export interface NewKey {
  id: string;
  key: string;
}

export function createKey(path: MappingPath, id: string, body: object): Promise<NewKey> {
  return consoleApi('POST', `${pathOf(path, id)}/keys`, { body });
}

export function rotateKey(path: MappingPath, id: string, key: string, body: object): Promise<NewKey> {
  return consoleApi('POST', `${pathOf(path, id)}/keys/${key}/rotate`, { body });
}

export function revokeKey(path: MappingPath, id: string, key: string): Promise<void> {
  return consoleApi('DELETE', `${pathOf(path, id)}/keys/${key}`);
}

/** What changed with a key: the list of them, and the history of their mapping. */
export function refreshKeys(client: QueryClient, path: MappingPath, id: string): Promise<unknown> {
  return Promise.all([
    client.invalidateQueries({ queryKey: keysQuery(path, id).queryKey }),
    client.invalidateQueries({ queryKey: historyQuery(id).queryKey }),
  ]);
}

/** The last changes of a mapping and of its keys. */
export function historyQuery(id: string) {
  return queryOptions({
    queryKey: ['mapping', 'history', id],
    queryFn: ({ signal }) =>
      consoleApi<AuditPage>('GET', withQuery('audit', { subject_id: id, limit: 5 }), { signal }),
  });
}

/** @param renew makes another one */
export function callbackSecret(id: string, renew: boolean): Promise<{ callback_secret: string }> {
  return consoleApi(renew ? 'POST' : 'GET', `${pathOf('task-mappings', id)}/callback-secret`);
}

const dayMs = 86_400_000;

/** Calls of the last seven days, by day: of a mapping, or of a machine by its address. */
export function weekQuery(of: { mapping_id: string } | { machine: string }) {
  return queryOptions({
    queryKey: ['mapping-week', of],
    queryFn: ({ signal }) => {
      const time_zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
      const from = new Date(Date.now() - 7 * dayMs).toISOString();
      const read = (bucket: string) =>
        consoleApi<CallStats>('GET', withQuery('call-stats', { ...of, from, bucket, time_zone }), { signal });
      return Promise.all([read('all'), read('day')]).then(([whole, days]) => ({ whole, days }));
    },
    staleTime: 30_000,
  });
}

// What fields can be chosen from. A list that cannot be had is an empty one: everything can be typed, and the server checks it.

async function orNone<Answer>(signal: AbortSignal, none: Answer, answer: Promise<Answer>): Promise<Answer> {
  return answer.catch((error: unknown) => {
    if (signal.aborted) throw error;
    return none;
  });
}

export function taskOptionsQuery(q: string, serving: boolean) {
  const path = withQuery('mapping-options/tasks', { q, ...(serving && { serving: 'true' }) });
  return queryOptions({
    queryKey: ['mapping-options', 'tasks', q, serving],
    queryFn: ({ signal }) =>
      orNone(signal, { items: [] }, consoleApi<{ items: TaskOption[] }>('GET', path, { signal })),
    placeholderData: keepPreviousData,
  });
}

export const queueOptionsQuery = queryOptions({
  queryKey: ['mapping-options', 'queues'],
  queryFn: ({ signal }) =>
    orNone(
      signal,
      { items: [] },
      consoleApi<{ items: QueueOption[] }>('GET', 'mapping-options/queues', { signal }),
    ),
});

export function callerOptionsQuery(q: string, ids: readonly string[]) {
  const path = withQuery('mapping-options/callers', { q, ids: ids.join(',') });
  return queryOptions({
    queryKey: ['mapping-options', 'callers', q, ids],
    queryFn: ({ signal }) => consoleApi<CallerOptions>('GET', path, { signal }),
    placeholderData: keepPreviousData,
  });
}

export function fallbackOptionsQuery(q: string) {
  const path = withQuery('task-mappings', { q, order: 'alias', page_size: 50 });
  return queryOptions({
    queryKey: ['mapping-options', 'fallbacks', q],
    queryFn: ({ signal }) => consoleApi<Page<TaskMapping>>('GET', path, { signal }),
    placeholderData: keepPreviousData,
  });
}

/** Models that report to this server at the moment, with their addresses. */
export const liveEndpointsQuery = queryOptions({
  queryKey: ['mapping-options', 'endpoints'],
  queryFn: async ({ signal }) => {
    const { endpoints = [] } = await orNone(
      signal,
      {},
      clearml.call('serving.get_endpoints', {}, { signal }),
    );
    return endpoints.flatMap(({ endpoint, url }) => (endpoint && url ? [{ endpoint, url }] : []));
  },
  staleTime: 30_000,
});

export function projectOptionsQuery(q: string) {
  const pattern = q.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const request = {
    ...(q && { _any_: { pattern, fields: ['name'] } }),
    ...{ only_fields: ['name'], order_by: ['name'], page: 0, page_size: 20 },
  };
  return queryOptions({
    queryKey: ['mapping-options', 'projects', q],
    queryFn: async ({ signal }) => {
      const answer = clearml.call('projects.get_all', request, { signal });
      const { projects = [] } = await orNone(signal, {}, answer);
      return projects.flatMap(({ name }) => name ?? []);
    },
    placeholderData: keepPreviousData,
  });
}

function pathOf(path: MappingPath, id: string): string {
  return `${path}/${encodeURIComponent(id)}`;
}
