import { defined, oneOf, type RawSearch, text } from '../../app/search.ts';
import { type Period, periods } from './buckets.ts';

export interface DashboardSearch {
  /** What the charts span; a day without it. */
  period?: Period;
  /** Id of the only mapping whose calls they show. */
  mapping?: string;
}

export function readDashboardSearch(search: RawSearch): DashboardSearch {
  return defined({ period: oneOf(periods, search.period), mapping: text(search.mapping) });
}
