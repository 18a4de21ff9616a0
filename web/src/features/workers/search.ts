import type { WorkerState } from '@arno/protocol';
import { defined, oneOf, type RawSearch, someOf, text } from '../../app/search.ts';

export const workerStates = [
  'busy',
  'idle',
  'draining',
  'drained',
  'lost',
  'away',
] as const satisfies WorkerState[];

/** The list of workers: what is looked for, and the states that are shown. */
export interface WorkersSearch {
  q?: string;
  state?: WorkerState[];
}

export function readWorkersSearch(search: RawSearch): WorkersSearch {
  return defined({ q: text(search.q), state: someOf(workerStates, search.state) });
}

/** How far back the charts of a worker go; a day without it. */
export const chartSpans = { hour: 1, day: 24, week: 168 } as const;
export type ChartSpan = keyof typeof chartSpans;

export interface WorkerSearch {
  period?: ChartSpan;
}

export function readWorkerSearch(search: RawSearch): WorkerSearch {
  return defined({ period: oneOf(Object.keys(chartSpans) as ChartSpan[], search.period) });
}
