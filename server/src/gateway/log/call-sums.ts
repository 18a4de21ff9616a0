import type { CallRecord } from './call.ts';
import type { countNames, seriesNames } from './call-changes.ts';

type Sums = Record<(typeof countNames)[number], number>;
type SeriesKey = Record<(typeof seriesNames)[number], string>;

/** What calls of one series and hour add to the statistics: a row of `call_changes`. */
export interface CallSums extends Sums, SeriesKey {
  /** Of each call, or of fewer when they are many. */
  ids: string[];
  alias: string | null;
  caller: string | null;
  /** ISO 8601. */
  hour: string;
  /** How often a bucket of the histogram was met, and how often that of a phase: `<bucket> <phase>`. */
  totals: Record<string, number>;
  phases: Record<string, number>;
}

/** What is added up of a call. */
export type SummedCall = Pick<
  CallRecord,
  | Exclude<
      keyof SeriesKey | keyof CallSums,
      'ids' | 'hour' | 'totals' | 'calls' | 'completed' | 'failed' | 'aborted' | 'lost'
    >
  | 'id'
  | 'created'
  | 'ended'
  | 'status'
  | 'duration_ms'
>;

const hourMs = 3_600_000;

/** With more calls than this in one place, nobody is told of each of them. */
const maxIds = 250;

/** Adds up new calls, as the trigger note_new_call() does it one by one; none of them may have queued a task. */
export class CallSummer {
  readonly #all = new Map<string, CallSums>();
  #ids = 0;
  #latest: { sums: CallSums; call: SummedCall } | undefined;

  get sums(): CallSums[] {
    return [...this.#all.values()];
  }

  add(calls: readonly SummedCall[]): void {
    for (const call of calls) {
      // Most calls that come together are of one series, and to see that costs less than a key.
      const known = this.#latest && isSameSeries(call, this.#latest.call) ? this.#latest.sums : undefined;
      const sums = known ?? this.#sumsFor(call);
      this.#latest = { sums, call };
      add(sums, call);
      if (++this.#ids <= maxIds) sums.ids.push(call.id);
    }
  }

  #sumsFor(call: SummedCall): CallSums {
    const { company, kind, mapping_id, machine, user_id, key_id } = call;
    const hour = hourOf(call);
    const key = [hour, mapping_id, machine, user_id, key_id, kind, company].join('\n');
    let sums = this.#all.get(key);
    if (!sums) {
      sums = emptySums(call, new Date(hour * hourMs).toISOString());
      this.#all.set(key, sums);
    }
    return sums;
  }
}

function isSameSeries(one: SummedCall, other: SummedCall): boolean {
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

function hourOf({ created }: SummedCall): number {
  return Math.floor(created.getTime() / hourMs);
}

function emptySums(
  { company, kind, mapping_id, machine, user_id, key_id }: SummedCall,
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

function add(sums: CallSums, call: SummedCall): void {
  const { status } = call;
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
