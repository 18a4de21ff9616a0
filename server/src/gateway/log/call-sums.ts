import type { CallRecord } from './call.ts';
import type { countNames, seriesNames } from './call-changes.ts';

type Sums = Record<(typeof countNames)[number], number>;
type SeriesKey = Record<(typeof seriesNames)[number], string>;

/** What calls of one series and hour add to the statistics: a row of `call_changes`. */
export interface CallSums extends Sums, SeriesKey {
  ids: string[];
  alias: string | null;
  caller: string | null;
  /** ISO 8601. */
  hour: string;
  /** How often a bucket of the histogram was met, and how often that of a phase: `<bucket> <phase>`. */
  totals: Record<string, number>;
  phases: Record<string, number>;
}

const hourMs = 3_600_000;

/** Adds up new calls, as the trigger note_new_calls() does it one by one; none of them may have queued a task. */
export function sumsOfCalls(calls: readonly CallRecord[]): CallSums[] {
  const all = new Map<string, Counted>();
  for (const call of calls) {
    const { company, kind } = call;
    const hour = Math.floor(call.created.getTime() / hourMs);
    const key = `${hour}\n${call.mapping_id}\n${call.machine}\n${call.user_id}\n${call.key_id}\n${kind}\n${company}`;
    let counted = all.get(key);
    if (!counted) {
      counted = {
        sums: emptySums(call, new Date(hour * hourMs).toISOString()),
        totals: new Map(),
        phases: new Map(),
      };
      all.set(key, counted);
    }
    add(counted, call);
  }
  return [...all.values()].map(withHistograms);
}

/** How often each bucket was met. */
type Histogram = Map<number, number>;

interface Counted {
  sums: Omit<CallSums, 'totals' | 'phases'>;
  totals: Histogram;
  phases: Map<string, Histogram>;
}

function emptySums(call: CallRecord, hour: string): Counted['sums'] {
  const { company, kind, mapping_id, machine, user_id, key_id } = call;
  return {
    ...{ ids: [], company, kind, mapping_id: mapping_id ?? '', machine: machine ?? '' },
    ...{ user_id: user_id ?? '', key_id: key_id ?? '', alias: null, caller: null, hour },
    ...{ calls: 0, completed: 0, failed: 0, aborted: 0, lost: 0, bytes_in: 0, bytes_out: 0 },
  };
}

function add({ sums, totals, phases }: Counted, call: CallRecord): void {
  const { status } = call;
  sums.ids.push(call.id);
  sums.alias = call.alias ?? sums.alias;
  sums.caller = call.caller ?? sums.caller;
  sums.calls++;
  if (status !== 'queued' && status !== 'running')
    sums[status as 'completed' | 'failed' | 'aborted' | 'lost']++;
  sums.bytes_in += call.bytes_in;
  sums.bytes_out += call.bytes_out;
  if (call.ended === null) return;
  count(totals, call.duration_ms);
  for (const phase in call.phases) {
    let histogram = phases.get(phase);
    if (!histogram) {
      histogram = new Map();
      phases.set(phase, histogram);
    }
    count(histogram, call.phases[phase] as number);
  }
}

function count(histogram: Histogram, milliseconds: number): void {
  const bucket = timingBucket(milliseconds);
  histogram.set(bucket, (histogram.get(bucket) ?? 0) + 1);
}

function withHistograms({ sums, totals, phases }: Counted): CallSums {
  const named = [...phases].flatMap(([phase, histogram]) =>
    [...histogram].map(([bucket, times]) => [`${bucket} ${phase}`, times] as const),
  );
  return { ...sums, totals: Object.fromEntries(totals), phases: Object.fromEntries(named) };
}

const logOfStep = Math.log(1.1);

/** The bucket of a time in milliseconds, as the function timing_bucket() of the database tells it. */
function timingBucket(milliseconds: number): number {
  return Math.ceil(Math.log(Math.max(milliseconds, 0.001)) / logOfStep);
}
