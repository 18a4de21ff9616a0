import type { Call, CallDetail } from '@arno/protocol';
import { formatDuration } from '../../ui/format.ts';

/** A phase of a call. Milliseconds; `from` counts from the arrival of the call. */
export interface Phase {
  name: string;
  from: number;
  took: number;
  /** It goes on. */
  isOpen?: boolean;
}

/** Less than this share of the whole is not worth a line of its own. */
const leastRest = 0.01;

/** Where the time went until the call was answered, in order and without gaps. */
export function answerPhases({ phases, duration_ms }: Pick<CallDetail, 'phases' | 'duration_ms'>): Phase[] {
  let from = 0;
  const known = Object.entries(phases).map(([name, took]): Phase => {
    const phase = { name, from, took };
    from += took;
    return phase;
  });
  const rest = duration_ms - from;
  if (known.length === 0 || rest <= duration_ms * leastRest) return known;
  return [...known, { name: 'rest', from, took: rest }];
}

/** Milliseconds that a call took: on demand until its answer, queued until its task had ended; undefined while that goes on. */
export function tookOf({ kind, status, created_at, ended_at, duration_ms }: Call): number | undefined {
  if (kind === 'ondemand') return duration_ms;
  if (ended_at !== undefined) return Math.max(duration_ms, Date.parse(ended_at) - Date.parse(created_at));
  return status === 'queued' || status === 'running' ? undefined : duration_ms;
}

/** From the arrival of a call to the end of the task it queued, up to `now` for what goes on; nothing for a call without a task. */
export function taskPhases(call: CallDetail, now: number): Phase[] {
  if (!call.clone_id) return [];
  const created = Date.parse(call.created_at);
  const since = (time: string | undefined) =>
    time === undefined ? undefined : Math.max(0, Date.parse(time) - created);
  const accepted = call.duration_ms;
  const started = since(call.started_at);
  const ended = since(call.ended_at);
  const end = Math.max(ended ?? now - created, accepted);
  const isOpen = ended === undefined;
  const begun = Math.max(started ?? end, accepted);
  return [
    { name: 'accepted', from: 0, took: accepted },
    { name: 'queued', from: accepted, took: begun - accepted, ...(isOpen && !started && { isOpen }) },
    ...(started === undefined
      ? []
      : [{ name: 'running', from: begun, took: Math.max(0, end - begun), ...(isOpen && { isOpen }) }]),
  ];
}

/** A time as precise as it is worth comparing: `0.14 ms`, `38 ms`, `1.7 s`, `2m 05s`. */
export function formatTook(ms: number, locale: string): string {
  if (ms >= 60_000) return formatDuration(ms);
  const [value, unit, digits] = ms < 10 ? [ms, 'ms', 2] : ms < 1000 ? [ms, 'ms', 0] : [ms / 1000, 's', 1];
  const format = { minimumFractionDigits: digits, maximumFractionDigits: digits };
  return `${new Intl.NumberFormat(locale, format).format(value)} ${unit}`;
}
