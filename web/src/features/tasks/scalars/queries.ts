import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { clearml } from '../../../api/clearml.ts';
import type { Scalars } from './slots.ts';

const POLL_MS = 5_000;
const SAMPLES = 1_000;

/** All curves of a task, at most SAMPLES points each. */
export function scalarsQuery(task: string, key: 'iter' | 'timestamp', live: boolean) {
  return queryOptions({
    queryKey: ['tasks', 'scalars', task, key],
    queryFn: async ({ signal }) => {
      const answer = await clearml.call(
        'events.scalar_metrics_iter_histogram',
        { task, key, samples: SAMPLES },
        { signal },
      );
      // The protocol's schema says `images`, its servers answer metric -> variant -> curve.
      return answer as unknown as Scalars;
    },
    placeholderData: keepPreviousData,
    refetchInterval: live ? POLL_MS : false,
  });
}

export interface SingleValue {
  metric: string;
  variant: string;
  value: number;
}

/** Values a task reported once, without an iteration. */
export function singleValuesQuery(task: string, live: boolean) {
  return queryOptions({
    queryKey: ['tasks', 'values', task],
    queryFn: async ({ signal }) => {
      const answer = await clearml.call(
        'events.get_task_single_value_metrics',
        { tasks: [task] },
        { signal },
      );
      const { tasks = [] } = answer as { tasks?: { task: string; values: SingleValue[] }[] };
      return tasks[0]?.values ?? [];
    },
    refetchInterval: live ? POLL_MS : false,
  });
}
