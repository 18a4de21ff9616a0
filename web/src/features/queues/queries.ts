import type { EntriesDone, EntryPlace, Page, Queue, QueueDetail, QueueEntry } from '@arno/protocol';
import { keepPreviousData, type QueryClient, queryOptions } from '@tanstack/react-query';
import { clearml } from '../../api/clearml.ts';
import { consoleApi, withQuery } from '../../api/console.ts';
import { DEFAULT_PAGE_SIZE } from '../../app/search.ts';
import type { EntriesSearch } from './search.ts';

/** Queues change by the second; this often is enough for who looks on. */
const POLL_MS = 4_000;

export const queuesQuery = queryOptions({
  queryKey: ['queues', 'list'],
  queryFn: ({ signal }) => consoleApi<{ items: Queue[] }>('GET', 'queues', { signal }),
  select: ({ items }) => items,
  refetchInterval: POLL_MS,
});

export function queueQuery(id: string) {
  return queryOptions({
    queryKey: ['queues', 'one', id],
    queryFn: ({ signal }) => consoleApi<QueueDetail>('GET', path(id), { signal }),
    refetchInterval: POLL_MS,
  });
}

export function entriesQuery(id: string, { q, page = 1, size = DEFAULT_PAGE_SIZE }: EntriesSearch) {
  return queryOptions({
    queryKey: ['queues', 'entries', id, { q, page, size }],
    queryFn: ({ signal }) =>
      consoleApi<Page<QueueEntry>>('GET', withQuery(path(id, 'entries'), { q, page, page_size: size }), {
        signal,
      }),
    placeholderData: keepPreviousData,
    refetchInterval: POLL_MS,
  });
}

/** Length and average wait of a queue over the last `hours`; x in milliseconds, waits in seconds. */
export function queueHistoryQuery(id: string, hours: number) {
  return queryOptions({
    queryKey: ['queues', 'history', id, hours],
    queryFn: async ({ signal }) => {
      const to = Math.floor(Date.now() / 1000);
      const from = to - hours * 3600;
      const range = { from_date: from, to_date: to, interval: Math.max(60, hours * 20) };
      const { queues = [] } = await clearml.call(
        'queues.get_queue_metrics',
        { ...range, queue_ids: [id] },
        { signal },
      );
      const { dates = [], queue_lengths = [], avg_waiting_times = [] } = queues[0] ?? {};
      return {
        // The whole period is shown, also where nothing was noted.
        x: [from, ...dates, to].map((date) => date * 1000),
        lengths: [null, ...queue_lengths, null],
        waits: [null, ...avg_waiting_times, null],
      };
    },
    placeholderData: keepPreviousData,
    refetchInterval: 60_000,
  });
}

function path(id: string, below?: string): string {
  return ['queues', encodeURIComponent(id), below].filter(Boolean).join('/');
}

/** Everything that shows queues learns that one has changed. */
export function refreshQueues(client: QueryClient): Promise<void> {
  return client.invalidateQueries({ queryKey: ['queues'] });
}

export interface QueueInput {
  name: string;
  requeue_lost: boolean;
}

export const createQueue = (input: QueueInput) => consoleApi<QueueDetail>('POST', 'queues', { body: input });
export const updateQueue = (id: string, changes: Partial<QueueInput>) =>
  consoleApi<QueueDetail>('PATCH', path(id), { body: changes });
export const deleteQueue = (id: string) => consoleApi<void>('DELETE', `${path(id)}?force=true`);
export const setPaused = (id: string, paused: boolean) =>
  consoleApi<QueueDetail>('POST', path(id, paused ? 'pause' : 'resume'));

export const placeEntries = (id: string, place: EntryPlace) =>
  consoleApi<EntriesDone>('POST', path(id, 'entries/place'), { body: place });
export const transferEntries = (id: string, task_ids: string[], queue_id: string) =>
  consoleApi<EntriesDone>('POST', path(id, 'entries/transfer'), { body: { task_ids, queue_id } });
export const removeEntries = (id: string, task_ids: string[]) =>
  consoleApi<EntriesDone>('POST', path(id, 'entries/remove'), { body: { task_ids } });
export const restoreEntries = (id: string, task_ids: string[], before: string | undefined) =>
  consoleApi<EntriesDone>('POST', path(id, 'entries/restore'), {
    body: { task_ids, ...(before !== undefined && { before }) },
  });
