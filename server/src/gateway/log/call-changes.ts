import { type RawBuilder, sql } from 'kysely';
import type { Db } from '../../platform/database.ts';

/** Where each replica hears which calls are new or changed: ids with commas between them, or `many`. */
export const callChannel = 'arno_call_log';
export const manyCalls = 'many';

/** Changes that are counted in one statement. */
const stepChanges = 20_000;
/** Notifications of PostgreSQL are shorter than 8,000 bytes. */
const idsPerNotification = 200;
/** More changed calls than this are told of as many: nobody can follow them one by one. */
const maxIdsPerStep = 1000;

/** Whose numbers are kept apart. */
const series = sql.raw('company, kind, mapping_id, machine, user_id, key_id');
const hour = sql`date_trunc('hour', created, 'UTC')`;

/** Columns of a count, as they stand in `call_stats`. */
export const countNames = [
  'calls',
  'completed',
  'failed',
  'aborted',
  'lost',
  'bytes_in',
  'bytes_out',
] as const;

/** Changes of calls as SQL: a table, and the columns that say which series a change belongs to. */
interface Changes {
  table: RawBuilder<unknown>;
  series: RawBuilder<unknown>;
}

/** Changes that are not added up yet. */
export const waitingChanges: Changes = { table: sql`call_changes`, series };

/**
 * Counts of changes by series and hour of arrival, as SQL.
 *
 * A change with the sign -1 takes back what was counted of its call before, so that the order of changes does not matter.
 */
export function countsOfChanges({ table, series }: Changes): RawBuilder<unknown> {
  const ended = (status: string) =>
    sql`coalesce(sum(sign) FILTER (WHERE status = ${sql.lit(status)}), 0)::bigint`;
  return sql`SELECT ${series}, max(alias) AS alias, max(caller) AS caller, ${hour} AS hour,
      sum(sign)::bigint AS calls, ${ended('completed')} AS completed, ${ended('failed')} AS failed,
      ${ended('aborted')} AS aborted, ${ended('lost')} AS lost,
      sum(sign * bytes_in)::bigint AS bytes_in, sum(sign * bytes_out)::bigint AS bytes_out
    FROM ${table} GROUP BY ${series}, hour`;
}

/**
 * Histograms of changes by series, hour and phase, one row a bucket, as SQL. A call that has ended counts with its total, with each
 * phase of its own, and one that queued a task with the time that waited and ran. The total of such a call goes to the end of its
 * task, of any other to the end of its answer.
 */
export function timingsOfChanges({ table, series }: Changes): RawBuilder<unknown> {
  return sql`SELECT ${series}, ${hour} AS hour, phase, timing_bucket(ms) AS bucket, sum(sign)::bigint AS count
    FROM ${table} CROSS JOIN LATERAL (
      SELECT 'total' AS phase, CASE WHEN clone_id IS NULL THEN duration_ms ELSE milliseconds_between(created, ended) END AS ms
      UNION ALL SELECT 'queued', milliseconds_between(created, coalesce(started, ended)) WHERE clone_id IS NOT NULL
      UNION ALL SELECT 'running', milliseconds_between(started, ended) WHERE clone_id IS NOT NULL AND started IS NOT NULL
      UNION ALL SELECT key, value::double precision FROM json_each_text(phases)
    ) AS timing
    WHERE ended IS NOT NULL
    GROUP BY ${series}, hour, phase, bucket`;
}

/**
 * Adds what changed in the log to the statistics and tells the replicas of it. One statement: it has happened or it has not, and a
 * change that two replicas want to take at once is taken by one.
 */
export async function rollUpCalls(db: Db): Promise<void> {
  for (;;) {
    const { rows } = await rollUp().execute(db);
    if ((rows[0]?.taken ?? 0) < stepChanges) return;
  }
}

function rollUp() {
  return sql<{ taken: number }>`
    WITH taken AS MATERIALIZED (
      DELETE FROM call_changes WHERE number IN (SELECT number FROM call_changes ORDER BY number LIMIT ${stepChanges}) RETURNING *
    ), ${addingUp}, ${telling}
    SELECT (SELECT count(*) FROM taken) AS taken, (SELECT count(*) FROM told) AS told`;
}

const sums = sql.join(countNames.map((name) => sql`sum(${sql.ref(name)})::bigint AS ${sql.ref(name)}`));
const added = sql.join(
  countNames.map((name) => sql`${sql.ref(name)} = old.${sql.ref(name)} + excluded.${sql.ref(name)}`),
);

const takenChanges: Changes = { table: sql`known`, series: sql`series_id` };

/** What was taken goes into the statistics, once by the hour and once by the day. */
const addingUp = sql`
  named AS (
    INSERT INTO call_series AS old (${series}, alias, caller)
    SELECT ${series}, max(alias), max(caller) FROM taken GROUP BY ${series}
    ON CONFLICT ON CONSTRAINT call_series_key DO UPDATE
      SET alias = coalesce(excluded.alias, old.alias), caller = coalesce(excluded.caller, old.caller)
    RETURNING *
  ), known AS MATERIALIZED (
    SELECT taken.*, named.id AS series_id FROM taken JOIN named USING (${series})
  ), spans AS (
    SELECT * FROM (VALUES ('hour'), ('day')) AS spans (span)
  ), counts AS (
    SELECT span, date_trunc(span, hour, 'UTC') AS start, series_id, ${sums}
    FROM (${countsOfChanges(takenChanges)}) AS counts CROSS JOIN spans GROUP BY 1, 2, series_id
  ), buckets AS (
    SELECT span, date_trunc(span, hour, 'UTC') AS start, series_id, phase, bucket, sum(count) AS count
    FROM (${timingsOfChanges(takenChanges)}) AS timings CROSS JOIN spans GROUP BY 1, 2, series_id, phase, bucket
  ), timings AS (
    SELECT span, start, series_id,
      jsonb_object_agg(bucket, count) FILTER (WHERE phase = 'total') AS totals,
      jsonb_object_agg(bucket || ' ' || phase, count) FILTER (WHERE phase <> 'total') AS phases
    FROM buckets GROUP BY span, start, series_id
  ), counted AS (
    INSERT INTO call_stats AS old (span, start, series_id, ${sql.raw(countNames.join(', '))}, totals, phases)
    SELECT span, start, series_id, ${sql.raw(countNames.join(', '))}, coalesce(totals, '{}'), coalesce(phases, '{}')
    FROM counts LEFT JOIN timings USING (span, start, series_id)
    ON CONFLICT (span, start, series_id) DO UPDATE SET ${added},
      totals = add_counts(old.totals, excluded.totals), phases = add_counts(old.phases, excluded.phases)
  )`;

const telling = sql`
  ids AS (
    SELECT id, row_number() OVER () - 1 AS place, count(*) OVER () AS number FROM (SELECT DISTINCT id FROM taken) AS changed
  ), told AS (
    SELECT pg_notify(${sql.lit(callChannel)}, ids) FROM (
      SELECT string_agg(id, ',') AS ids FROM ids WHERE number <= ${sql.lit(maxIdsPerStep)}
      GROUP BY place / ${sql.lit(idsPerNotification)}
      UNION SELECT ${sql.lit(manyCalls)} FROM ids WHERE number > ${sql.lit(maxIdsPerStep)}
    ) AS payloads
  )`;

/**
 * Merges what the indexes of texts have gathered beside them, which each search must read through; otherwise a call would do it in
 * the middle of its own write. Without pg_trgm there is no such index.
 */
export async function mergeTextIndexes(db: Db): Promise<void> {
  await sql`SELECT gin_clean_pending_list(indexrelid) FROM pg_index
    WHERE indrelid = 'calls'::regclass AND indexrelid::regclass::text IN ('calls_by_words', 'calls_by_internals')`.execute(
    db,
  );
}
