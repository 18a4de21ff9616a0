import type { Dashboard, DashboardCalls } from '@arno/protocol';
import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { consoleApi, withQuery } from '../../api/console.ts';
import { bucketOf, type Period, startsOf } from './buckets.ts';

const LIVE_MS = 5_000;
const CHARTS_MS = 30_000;

/** What is now. */
export const dashboardQuery = queryOptions({
  queryKey: ['dashboard'],
  queryFn: ({ signal }) => consoleApi<Dashboard>('GET', 'dashboard', { signal }),
  refetchInterval: LIVE_MS,
});

export interface ShownPeriod extends DashboardCalls {
  period: Period;
  /** Where the bars begin, epoch milliseconds. */
  starts: number[];
}

/** What was in a period that ends now. */
export function periodQuery(period: Period, mapping: string | undefined) {
  return queryOptions({
    queryKey: ['dashboard', 'calls', period, mapping],
    queryFn: async ({ signal }): Promise<ShownPeriod> => {
      const starts = startsOf(period, new Date());
      const path = withQuery('dashboard/calls', {
        from: new Date(starts[0] ?? 0).toISOString(),
        bucket: bucketOf[period],
        time_zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
        mapping_id: mapping,
      });
      return { ...(await consoleApi<DashboardCalls>('GET', path, { signal })), period, starts };
    },
    refetchInterval: CHARTS_MS,
    placeholderData: keepPreviousData,
  });
}
