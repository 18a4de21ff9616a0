import type { Worker, WorkerDetail } from '@arno/protocol';
import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { clearml } from '../../api/clearml.ts';
import { consoleApi } from '../../api/console.ts';

const POLL_MS = 5_000;
/** Points of a chart. */
const POINTS = 180;
/** What workers measure is kept by the minute. */
const LEAST_STEP_S = 60;

export const workersQuery = queryOptions({
  queryKey: ['workers', 'list'],
  queryFn: ({ signal }) => consoleApi<{ items: Worker[] }>('GET', 'workers', { signal }),
  select: ({ items }) => items,
  refetchInterval: POLL_MS,
});

export function workerQuery(id: string) {
  return queryOptions({
    queryKey: ['workers', 'one', id],
    queryFn: ({ signal }) => consoleApi<WorkerDetail>('GET', path(id), { signal }),
    refetchInterval: POLL_MS,
  });
}

/** One measured series; `x` in milliseconds, `y` as the worker reported it, null at both ends of the period. */
export interface Measured {
  metric: string;
  /** Of several processors or cards. */
  variant: string;
  x: number[];
  y: (number | null)[];
}

/** What a worker measured in the last `hours`, of everything that it measures. */
export function workerStatsQuery(id: string, hours: number) {
  return queryOptions({
    queryKey: ['workers', 'stats', id, hours],
    queryFn: async ({ signal }): Promise<Measured[]> => {
      const { categories = [] } = await clearml.call(
        'workers.get_metric_keys',
        { worker_ids: [id] },
        { signal },
      );
      const keys = categories.flatMap(({ metric_keys = [] }) => metric_keys);
      if (keys.length === 0) return [];
      const to = Math.floor(Date.now() / 1000);
      const from = to - hours * 3600;
      const { workers = [] } = await clearml.call(
        'workers.get_stats',
        {
          ...{ worker_ids: [id], from_date: from, to_date: to, split_by_variant: true },
          interval: Math.max(LEAST_STEP_S, Math.ceil((hours * 3600) / POINTS)),
          items: keys.map((key) => ({ key, category: 'avg' as const })),
        },
        { signal },
      );
      return (workers[0]?.metrics ?? []).map(({ metric = '', variant = '', dates = [], stats = [] }) => ({
        ...{ metric, variant },
        // The whole period is shown, also where nothing was measured.
        x: [from, ...dates, to].map((date) => date * 1000),
        y: [null, ...(stats[0]?.values ?? []), null],
      }));
    },
    placeholderData: keepPreviousData,
    refetchInterval: 30_000,
  });
}

const path = (id: string, below = '') => `workers/${encodeURIComponent(id)}${below}`;

/** Answers the worker as it is then; nothing when it was only remembered because it was drained. */
export const setDrained = (id: string, drained: boolean) =>
  consoleApi<WorkerDetail | undefined>(drained ? 'PUT' : 'DELETE', path(id, '/drain'));
