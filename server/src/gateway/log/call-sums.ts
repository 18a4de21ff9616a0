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

/** Adds up new calls, as the trigger note_new_call() does it one by one; none of them may have queued a task. */
export function sumsOfCalls(calls: readonly CallRecord[]): CallSums[] {
  const all = new Map<string, CallSums>();
  let sums: CallSums | undefined;
  let before: CallRecord | undefined;
  for (const call of calls) {
    // Most calls of a batch are of one series, and to see that costs less than a key.
    if (!sums || !before || !isSameSeries(call, before)) sums = sumsFor(call, all);
    before = call;
    add(sums, call);
  }
  return [...all.values()];
}

function sumsFor(call: CallRecord, all: Map<string, CallSums>): CallSums {
  const { company, kind, mapping_id, machine, user_id, key_id } = call;
  const hour = hourOf(call);
  const key = [hour, mapping_id, machine, user_id, key_id, kind, company].join('\n');
  let sums = all.get(key);
  if (!sums) {
    sums = emptySums(call, new Date(hour * hourMs).toISOString());
    all.set(key, sums);
  }
  return sums;
}

function isSameSeries(one: CallRecord, other: CallRecord): boolean {
  return (
    one.mapping_id === other.mapping_id &&
    one.machine === other.machine &&
    one.user_id === other.user_id &&
    one.key_id === other.key_id &&
    one.kind === other.kind &&
    one.company === other.company &&
    hourOf(one) === hourOf(other)
  );
}

function hourOf({ created }: CallRecord): number {
  return Math.floor(created.getTime() / hourMs);
}

function emptySums(
  { company, kind, mapping_id, machine, user_id, key_id }: CallRecord,
  hour: string,
): CallSums {
  // Each field by its name: put together from parts, it would take ten times as long.
  return {
    ids: [],
    company,
    kind,
    mapping_id: mapping_id ?? '',
    machine: machine ?? '',
    user_id: user_id ?? '',
    key_id: key_id ?? '',
    alias: null,
    caller: null,
    hour,
    calls: 0,
    completed: 0,
    failed: 0,
    aborted: 0,
    lost: 0,
    bytes_in: 0,
    bytes_out: 0,
    // Without a shape: keys in ever new orders would make the engine keep a shape for each of them.
    totals: Object.create(null),
    phases: Object.create(null),
  };
}

function add(sums: CallSums, call: CallRecord): void {
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
  count(sums.totals, String(timingBucket(call.duration_ms)));
  for (const phase in call.phases)
    count(sums.phases, phaseKey(phase, timingBucket(call.phases[phase] as number)));
}

function count(histogram: Record<string, number>, key: string): void {
  histogram[key] = (histogram[key] ?? 0) + 1;
}

/** By phase and bucket; both are few. */
const phaseKeys = new Map<string, Map<number, string>>();

/** Made once each: to put a key together takes several times as long as to count with it. */
function phaseKey(phase: string, bucket: number): string {
  let keys = phaseKeys.get(phase);
  if (!keys) {
    keys = new Map();
    phaseKeys.set(phase, keys);
  }
  let key = keys.get(bucket);
  if (!key) {
    key = `${bucket} ${phase}`;
    keys.set(bucket, key);
  }
  return key;
}

const logOfStep = Math.log(1.1);

/** The bucket of a time in milliseconds, as the function timing_bucket() of the database tells it. */
function timingBucket(milliseconds: number): number {
  return Math.ceil(Math.log(Math.max(milliseconds, 0.001)) / logOfStep);
}
