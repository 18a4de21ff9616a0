/** Turns values into a person's words. Pure: the language is an argument, so that each function can be tested. */
export const DASH = '–';

export function formatNumber(value: number, language: string, digits = 0): string {
  return new Intl.NumberFormat(language, { maximumFractionDigits: digits, useGrouping: 'always' }).format(
    value,
  );
}

/** A measured value: 4 significant digits, scientific where plain digits would mislead. */
export function formatValue(value: number | null | undefined, language: string): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return DASH;
  if (Number.isInteger(value) && Math.abs(value) < 1e9) return formatNumber(value, language);
  const size = Math.abs(value);
  const scientific = size >= 1e9 || size < 1e-4;
  return new Intl.NumberFormat(language, {
    maximumSignificantDigits: size >= 1000 && !scientific ? 7 : 4,
    ...(scientific && { notation: 'scientific' as const }),
  }).format(value);
}

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const;

/** Bytes in binary units: `1.2 MiB`. */
export function formatBytes(bytes: number | undefined, language: string): string {
  if (bytes === undefined || !Number.isFinite(bytes)) return DASH;
  const power = bytes < 1 ? 0 : Math.min(Math.floor(Math.log2(bytes) / 10), UNITS.length - 1);
  return `${formatNumber(bytes / 1024 ** power, language, power === 0 ? 0 : 1)} ${UNITS[power]}`;
}

/** Milliseconds as `840 ms`, `4 s`, `1m 37s`, `2h 05m`, `3d 4h`: the two largest units, never more. */
export function formatDuration(milliseconds: number | undefined): string {
  if (milliseconds === undefined || !Number.isFinite(milliseconds) || milliseconds < 0) return DASH;
  if (milliseconds < 1000) return `${Math.round(milliseconds)} ms`;
  const seconds = Math.floor(milliseconds / 1000);
  if (seconds < 60) return `${seconds} s`;
  const pad = (value: number) => String(value).padStart(2, '0');
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m ${pad(seconds % 60)}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 1440) return `${Math.floor(minutes / 60)}h ${pad(minutes % 60)}m`;
  return `${Math.floor(minutes / 1440)}d ${Math.floor((minutes % 1440) / 60)}h`;
}

const STEPS: readonly [Intl.RelativeTimeFormatUnit, seconds: number][] = [
  ['year', 31_536_000],
  ['month', 2_592_000],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
];

/** `3 minutes ago`, `in 2 days`; within 10 s `now`. Both arguments are epoch milliseconds. */
export function formatRelative(time: number, now: number, language: string): string {
  const seconds = Math.round((time - now) / 1000);
  if (Math.abs(seconds) < 10)
    return new Intl.RelativeTimeFormat(language, { numeric: 'auto' }).format(0, 'second');
  const format = new Intl.RelativeTimeFormat(language, { style: 'narrow' });
  for (const [unit, size] of STEPS) {
    if (Math.abs(seconds) >= size) return format.format(Math.trunc(seconds / size), unit);
  }
  return format.format(seconds, 'second');
}

/** The exact time in the person's zone, for a tooltip. */
export function formatDateTime(time: number, language: string): string {
  return new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'long' }).format(time);
}

/** The day in the person's zone. */
export function formatDate(time: number, language: string): string {
  return new Intl.DateTimeFormat(language, { dateStyle: 'medium' }).format(time);
}

/** `14:03:27.120`, for lines of a log. */
export function formatClock(time: number, language: string): string {
  return new Intl.DateTimeFormat(language, {
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hour12: false,
  }).format(time);
}

/** Epoch milliseconds of an ISO 8601 text, or undefined when there is none. */
export function parseTime(text: string | undefined | null): number | undefined {
  const time = text ? Date.parse(text) : Number.NaN;
  return Number.isNaN(time) ? undefined : time;
}
