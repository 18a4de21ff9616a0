import { type RawBuilder, type SqlBool, sql } from 'kysely';
import type { Scope } from '../../clearml/endpoint.ts';
import { countNames } from './call-changes.ts';
import { visibleCalls } from './call-filter.ts';

export const statsBuckets = ['all', 'hour', 'day', 'week', 'month', 'year'] as const;
export const statsGroups = ['none', 'mapping', 'machine', 'caller'] as const;

export interface StatsQuery {
  /** Calls that arrived at or after this instant and before the other; both are full hours. */
  from: Date;
  to: Date;
  /** What one row spans; `all` is the whole period. */
  bucket: (typeof statsBuckets)[number];
  /** Where days begin at midnight: a name of the IANA database. */
  timeZone: string;
  /** Whose calls are kept apart. */
  by: (typeof statsGroups)[number];
  /** Percentiles of all phases, and not of the total alone. */
  phases: boolean;
  kind?: 'enqueue' | 'ondemand' | undefined;
  mappingId?: string | undefined;
  machine?: string | undefined;
  userId?: string | undefined;
  keyId?: string | undefined;
  /** More rows are an error. */
  maxRows: number;
}

type Counts = Record<(typeof countNames)[number], number>;

/** Percentiles in milliseconds, each within 5 % of one call's time. */
export interface Timing {
  phase: string;
  /** Ended calls that had this phase. */
  count: number;
  p50: number;
  p95: number;
  p99: number;
}

export interface StatsRow extends Counts {
  /** NULL when one row spans the whole period. */
  start: Date | null;
  /** What the calls have in common; NULL for what they are not kept apart by, and where they have none. */
  kind: 'enqueue' | 'ondemand' | null;
  mapping_id: string | null;
  machine: string | null;
  user_id: string | null;
  key_id: string | null;
  /** The names of mapping and caller when last seen. */
  alias: string | null;
  caller: string | null;
  timings: Timing[];
}

/** So many rows would be needed that the query is refused. */
export class TooManyRowsError extends Error {}

const groupColumns = {
  none: [],
  mapping: ['kind', 'mapping_id'],
  machine: ['machine'],
  caller: ['user_id', 'key_id'],
} as const;
const hourMs = 3_600_000;

/**
 * Statistics of the calls that the caller may read, from what was added up before and what waits to be added: they are never
 * behind the log.
 *
 * @throws TooManyRowsError
 */
export async function callStats(scope: Scope, query: StatsQuery): Promise<StatsRow[]> {
  const [rows, timings] = await Promise.all([countRows(scope, query), timingRows(scope, query)]);
  if (rows.length > query.maxRows) throw new TooManyRowsError();
  const byKey = new Map(rows.map((row) => [keyOf(row), { ...row, timings: [] as Timing[] }]));
  for (const { phase, count, p50, p95, p99, ...row } of timings) {
    byKey.get(keyOf(row))?.timings.push({ phase, count, p50, p95, p99 });
  }
  return [...byKey.values()];
}

/** A period moved out to full hours (UTC), which is what statistics are kept by. */
export function wholeHours(from: Date, to: Date): { from: Date; to: Date } {
  const hours = (date: Date, round: (value: number) => number) =>
    new Date(round(date.getTime() / hourMs) * hourMs);
  return { from: hours(from, Math.floor), to: hours(to, Math.ceil) };
}

type Key = Pick<StatsRow, 'start' | 'kind' | 'mapping_id' | 'machine' | 'user_id' | 'key_id'>;

function keyOf({ start, kind, mapping_id, machine, user_id, key_id }: Key): string {
  return JSON.stringify([start, kind, mapping_id, machine, user_id, key_id]);
}

async function countRows(scope: Scope, query: StatsQuery): Promise<Omit<StatsRow, 'timings'>[]> {
  const names = sql.raw(countNames.join(', '));
  const sums = sql.raw(countNames.map((name) => `sum(${name})::bigint AS ${name}`).join(', '));
  const { rows } = await sql<Omit<StatsRow, 'timings'>>`
    WITH ${pieces(query)}, counted AS (
      SELECT piece.start AS time, ${seriesColumns}, alias, caller, ${names} FROM ${addedStats(scope, query)}
      UNION ALL
      SELECT hour, ${seriesColumns}, alias, caller, ${names}
      FROM call_changes AS waiting WHERE ${isWaiting(scope, query)}
    )
    SELECT ${keyColumns(query)}, ${labelOf('alias', query.by === 'mapping')}, ${labelOf('caller', query.by === 'caller')}, ${sums}
    FROM counted GROUP BY 1, 2, 3, 4, 5, 6 HAVING sum(calls) > 0
    ORDER BY 1, sum(calls) DESC, 2, 3, 4, 5, 6 LIMIT ${query.maxRows + 1}`.execute(scope.db);
  return rows;
}

async function timingRows(scope: Scope, query: StatsQuery): Promise<(Key & Timing)[]> {
  const percentile = (name: string, share: number) =>
    sql`bucket_milliseconds(min(bucket) FILTER (WHERE reached >= ceil(${sql.lit(share)} * total))) AS ${sql.ref(name)}`;
  const group = sql.raw('start, kind, mapping_id, machine, user_id, key_id, phase');
  const { rows } = await sql<Key & Timing>`
    WITH ${pieces(query)}, timed AS (
      SELECT piece.start AS time, ${seriesColumns}, timing.* FROM ${addedStats(scope, query)} CROSS JOIN LATERAL (${unfolded(query)}) AS timing
      UNION ALL
      SELECT hour, ${seriesColumns}, timing.* FROM call_changes AS waiting CROSS JOIN LATERAL (${unfolded(query)}) AS timing
      WHERE ${isWaiting(scope, query)}
    ), histogram AS (
      SELECT ${keyColumns(query)}, phase, bucket, sum(count) AS count
      FROM timed GROUP BY 1, 2, 3, 4, 5, 6, 7, 8 HAVING sum(count) > 0
    ), ranked AS (
      SELECT *, sum(count) OVER (PARTITION BY ${group} ORDER BY bucket) AS reached, sum(count) OVER (PARTITION BY ${group}) AS total
      FROM histogram
    )
    SELECT ${group}, max(total)::bigint AS count,
      ${percentile('p50', 0.5)}, ${percentile('p95', 0.95)}, ${percentile('p99', 0.99)}
    FROM ranked GROUP BY ${group} ORDER BY phase <> 'total', phase`.execute(scope.db);
  return rows;
}

const seriesColumns = sql.raw('kind, mapping_id, machine, user_id, key_id');

/**
 * Which rows of `call_stats` make up the period: those of days (UTC) that lie in one bucket, and for the days at the ends of buckets
 * those of their hours.
 */
function pieces({ from, to, bucket, timeZone }: StatsQuery): RawBuilder<unknown> {
  const isInOneBucket =
    bucket === 'all'
      ? sql`true`
      : sql`date_trunc(${bucket}, day, ${timeZone}) = date_trunc(${bucket}, day + interval '23 hours', ${timeZone})`;
  return sql`days AS (
      SELECT day, day + interval '24 hours' AS next, day >= ${from} AND day + interval '24 hours' <= ${to} AND ${isInOneBucket} AS is_whole
      FROM generate_series(date_trunc('day', ${from}::timestamptz, 'UTC'), ${to}::timestamptz - interval '1 hour', '24 hours') AS day
    ), pieces AS MATERIALIZED (
      SELECT 'day' AS span, day AS start FROM days WHERE is_whole
      UNION ALL
      SELECT 'hour', hour FROM days
      CROSS JOIN LATERAL generate_series(greatest(day, ${from}), least(next, ${to}) - interval '1 hour', '1 hour') AS hour
      WHERE NOT is_whole
    )`;
}

/** OFFSET 0 makes PostgreSQL look up each piece: it takes them for many, and would read the whole table instead. */
function addedStats(scope: Scope, query: StatsQuery): RawBuilder<unknown> {
  return sql`pieces
    CROSS JOIN LATERAL (
      SELECT * FROM call_stats WHERE call_stats.span = pieces.span AND call_stats.start = pieces.start OFFSET 0
    ) AS piece
    JOIN (SELECT id, ${seriesColumns}, alias, caller FROM call_series WHERE ${isWanted(scope, query, 'call_series')}) AS series
    ON series.id = series_id`;
}

/** The histograms of a row, one row a bucket. */
function unfolded({ phases }: StatsQuery): RawBuilder<unknown> {
  const totals = sql`SELECT 'total' AS phase, key::integer AS bucket, value::bigint AS count FROM jsonb_each_text(totals)`;
  if (!phases) return totals;
  return sql`${totals} UNION ALL
    SELECT substr(key, strpos(key, ' ') + 1), split_part(key, ' ', 1)::integer, value::bigint FROM jsonb_each_text(phases)`;
}

/** Start of the bucket, and what the calls are kept apart by. */
function keyColumns({ bucket, timeZone, by }: StatsQuery): RawBuilder<unknown> {
  const start = bucket === 'all' ? sql`NULL::timestamptz` : sql`date_trunc(${bucket}, time, ${timeZone})`;
  const columns = (['kind', 'mapping_id', 'machine', 'user_id', 'key_id'] as const).map((name) => {
    const isKey = (groupColumns[by] as readonly string[]).includes(name);
    return sql`${isKey ? sql`nullif(${sql.ref(name)}, '')` : sql`NULL::text`} AS ${sql.ref(name)}`;
  });
  return sql`${start} AS start, ${sql.join(columns)}`;
}

function labelOf(name: 'alias' | 'caller', isWanted: boolean): RawBuilder<unknown> {
  return sql`${isWanted ? sql`max(${sql.ref(name)})` : sql`NULL::text`} AS ${sql.ref(name)}`;
}

function isWaiting(scope: Scope, query: StatsQuery): RawBuilder<SqlBool> {
  return sql`(hour >= ${query.from} AND hour < ${query.to} AND ${isWanted(scope, query, 'waiting')})`;
}

function isWanted(scope: Scope, query: StatsQuery, table: string): RawBuilder<SqlBool> {
  const { kind, mappingId, machine, userId, keyId } = query;
  const equals = Object.entries({ kind, mapping_id: mappingId, machine, user_id: userId, key_id: keyId });
  const conditions = equals
    .filter(([, value]) => value !== undefined)
    .map(([column, value]) => sql`${sql.ref(`${table}.${column}`)} = ${value}`);
  return sql`(${sql.join([visibleCalls(scope, table), ...conditions], sql` AND `)})`;
}
