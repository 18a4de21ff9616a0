import { useLocale } from '../i18n/index.ts';
import { DASH, formatDateTime, formatDuration, formatRelative, parseTime } from './format.ts';
import { useNow } from './useNow.ts';

/** A moment: relative in words, exact on hover. `value` is ISO 8601 or epoch milliseconds; nothing is a dash. */
export function RelativeTime({ value }: { value: string | number | undefined }) {
  const locale = useLocale();
  const now = useNow();
  const time = typeof value === 'number' ? value : parseTime(value);
  if (time === undefined) return <span>{DASH}</span>;
  return (
    <time dateTime={new Date(time).toISOString()} title={formatDateTime(time, locale)}>
      {formatRelative(Math.min(time, now), now, locale)}
    </time>
  );
}

/** A moment written out, for places with room. */
export function ExactTime({ value }: { value: string | undefined }) {
  const locale = useLocale();
  const now = useNow();
  const time = parseTime(value);
  if (time === undefined) return <span>{DASH}</span>;
  return (
    <time dateTime={new Date(time).toISOString()} title={formatRelative(time, now, locale)}>
      {formatDateTime(time, locale)}
    </time>
  );
}

/** How long something took, or takes: without `until` the clock runs. */
export function Elapsed({ since, until }: { since: string | undefined; until?: string | undefined }) {
  const start = parseTime(since);
  const end = parseTime(until);
  if (start === undefined) return <span>{DASH}</span>;
  if (end !== undefined) return <span>{formatDuration(Math.max(0, end - start))}</span>;
  return <Running start={start} />;
}

function Running({ start }: { start: number }) {
  const now = useNow('fast');
  return <span>{formatDuration(Math.max(0, now - start))}</span>;
}
