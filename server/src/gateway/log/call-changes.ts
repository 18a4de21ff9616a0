import { sql } from 'kysely';
import type { Db } from '../../platform/database.ts';

/** Where each replica hears which calls are new or changed: ids with commas between them, or `many`. */
export const callChannel = 'arno_call_log';
export const manyCalls = 'many';

/** Changes that are added up in one statement. */
const stepChanges = 2000;
/** Notifications of PostgreSQL are shorter than 8,000 bytes. */
const idsPerNotification = 200;
/** More changes than this are told of as many, and so are those that have no ids: nobody can follow them one by one. */
const maxIdsPerStep = 1000;

/** Whose numbers are kept apart. */
export const seriesNames = ['company', 'kind', 'mapping_id', 'machine', 'user_id', 'key_id'] as const;

/** Columns of a count, as they stand in `call_changes` and `call_stats`. */
export const countNames = [
  'calls',
  'completed',
  'failed',
  'aborted',
  'lost',
  'bytes_in',
  'bytes_out',
] as const;

const series = sql.raw(seriesNames.join(', '));
const counts = sql.raw(countNames.join(', '));
const sums = sql.join(countNames.map((name) => sql`sum(${sql.ref(name)})::bigint AS ${sql.ref(name)}`));
const added = sql.join(
  countNames.map((name) => sql`${sql.ref(name)} = old.${sql.ref(name)} + excluded.${sql.ref(name)}`),
);

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

/** What was taken goes into the statistics, once by the hour and once by the day, and into the times of queued calls. */
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
    FROM known CROSS JOIN spans GROUP BY 1, 2, series_id
  ), hourly AS MATERIALIZED (
    SELECT hour, series_id, is_total, key, sum(value::bigint) AS count
    FROM known CROSS JOIN LATERAL (
      SELECT true AS is_total, * FROM jsonb_each_text(totals) UNION ALL SELECT false, * FROM jsonb_each_text(phases)
    ) AS timing
    GROUP BY hour, series_id, is_total, key
  ), buckets AS (
    SELECT span, date_trunc(span, hour, 'UTC') AS start, series_id, is_total, key, sum(count) AS count
    FROM hourly CROSS JOIN spans GROUP BY 1, 2, series_id, is_total, key
  ), timings AS (
    SELECT span, start, series_id, jsonb_object_agg(key, count) FILTER (WHERE is_total) AS totals,
      jsonb_object_agg(key, count) FILTER (WHERE NOT is_total) AS phases
    FROM buckets GROUP BY span, start, series_id
  ), counted AS (
    INSERT INTO call_stats AS old (span, start, series_id, ${counts}, totals, phases)
    SELECT span, start, series_id, ${counts}, coalesce(totals, '{}'), coalesce(phases, '{}')
    FROM counts LEFT JOIN timings USING (span, start, series_id)
    ON CONFLICT (span, start, series_id) DO UPDATE SET ${added},
      totals = add_counts(old.totals, excluded.totals), phases = add_counts(old.phases, excluded.phases)
  ), timed AS (
    INSERT INTO queued_times AS old (phase, bucket, count)
    SELECT split_part(key, ' ', 2), split_part(key, ' ', 1)::integer, count(*)
    FROM taken CROSS JOIN LATERAL jsonb_object_keys(times) AS key GROUP BY 1, 2 ORDER BY 1, 2
    ON CONFLICT (phase, bucket) DO UPDATE SET count = old.count + excluded.count
  )`;

const telling = sql`
  size AS MATERIALIZED (
    SELECT coalesce(sum(cardinality(ids)) > ${sql.lit(maxIdsPerStep)} OR bool_or(calls > cardinality(ids)), false) AS is_many FROM taken
  ), ids AS (
    SELECT id, row_number() OVER () - 1 AS place
    FROM (
      SELECT DISTINCT id FROM taken CROSS JOIN LATERAL unnest(ids) AS id
      WHERE NOT (SELECT is_many FROM size)
    ) AS changed
  ), told AS (
    SELECT pg_notify(${sql.lit(callChannel)}, ids) FROM (
      SELECT string_agg(id, ',') AS ids FROM ids GROUP BY place / ${sql.lit(idsPerNotification)}
      UNION SELECT ${sql.lit(manyCalls)} FROM size WHERE is_many
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
