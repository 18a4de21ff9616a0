import { createHash } from 'node:crypto';
import { type RawBuilder, sql } from 'kysely';
import type { Scope } from '../../clearml/endpoint.ts';
import { pipelined, type Statement } from '../../platform/pipeline.ts';
import { type Owner, type OwnerTable, ownerLocks } from './access.ts';
import { float8Array, int8Array } from './arrays.ts';
import type { Columns } from './columns.ts';
import { copyPoints, type NumberedSeries, overwritePoints } from './points.ts';
import type { Series } from './series.ts';

/** Nothing may stay of the transaction. */
class OwnersDoNotFit extends Error {}

/**
 * Writes batches of which no two name one owner, in two round trips: the points need the numbers of their series.
 *
 * @param around statements to run before and after, without a round trip of their own
 * @throws when the callers may not write to all that the batches name
 */
export async function storeBatches(
  scope: Scope,
  batches: readonly Columns[],
  around: { begin: readonly Statement[]; end: readonly Statement[] } = { begin: [], end: [] },
): Promise<void> {
  const locks = ownerLocks(scope, {
    tasks: batches.flatMap(({ named }) => named.tasks),
    models: batches.flatMap(({ named }) => named.models),
  });
  const series = batches.flatMap((batch) => batch.allSeries());
  const upsert = series.length > 0 ? [upsertSeries(series)] : [];
  const found = await pipelined(scope.db, [...around.begin, ...locks.statements, ...upsert]);
  const owners = locks.owners(found.slice(around.begin.length));
  if (!batches.every(({ named }) => named.fit(owners))) throw new OwnersDoNotFit();
  await pipelined(scope.db, [
    ...(series.length > 0 ? pointsOf(series, found.at(-1) as StoredSeries[]) : []),
    ...batches.flatMap((batch) => [...logs(batch.logs), ...documents(batch)]),
    ...touches(scope, batches, owners),
    ...around.end,
  ]);
}

interface StoredSeries extends Pick<Series, 'task' | 'metric' | 'variant'> {
  id: number;
  /** The highest iteration it had before this batch, null when it is new. */
  last: number | null;
}

/** @param stored where the series stand */
function pointsOf(all: Series[], stored: StoredSeries[]): Statement[] {
  const byName = new Map(stored.map((row) => [keyOf(row), row]));
  const fresh: NumberedSeries[] = [];
  const known: NumberedSeries[] = [];
  for (const series of all) {
    const { id, last } = byName.get(keyOf(series)) as StoredSeries;
    (last === null || series.firstIteration > last ? fresh : known).push({ id, series });
  }
  // A training hardly ever goes back, and looking for points to overwrite makes writing them twice as slow.
  return [
    ...(fresh.length > 0 ? [copyPoints(fresh)] : []),
    ...(known.length > 0 ? [overwritePoints(known)] : []),
  ];
}

/** Adds the statistics of batches to those of their series, and answers StoredSeries. */
function upsertSeries(all: Series[]): Statement {
  const floats = (pick: (series: Series) => number) => float8Array(all.map(pick));
  const integers = (pick: (series: Series) => number) => int8Array(all.map(pick));
  return sql`
    INSERT INTO scalar_series AS old (task_id, metric, variant, x_axis_label, value, min_value, min_value_iteration,
      max_value, max_value_iteration, first_value, first_value_iteration, last_iteration, count, mean_value)
    SELECT * FROM unnest(
      ${all.map(({ task }) => task)}::text[], ${all.map(({ metric }) => metric)}::text[],
      ${all.map(({ variant }) => variant)}::text[], ${all.map(({ xAxisLabel }) => xAxisLabel)}::text[],
      ${floats(({ value }) => value)}::float8[],
      ${floats(({ min }) => min)}::float8[], ${integers(({ minIteration }) => minIteration)}::bigint[],
      ${floats(({ max }) => max)}::float8[], ${integers(({ maxIteration }) => maxIteration)}::bigint[],
      ${floats(({ first }) => first)}::float8[], ${integers(({ firstIteration }) => firstIteration)}::bigint[],
      ${integers(({ lastIteration }) => lastIteration)}::bigint[],
      ${integers(({ count }) => count)}::bigint[], ${floats(({ mean }) => mean)}::float8[])
    ON CONFLICT (task_id, metric_hash, variant_hash) DO UPDATE SET ${mergedStatistics}
    RETURNING id, task_id AS task, metric, variant,
      -- a subquery sees the table as it was before this statement
      (SELECT last_iteration FROM scalar_series AS before WHERE before.id = old.id) AS last`;
}

const mergedStatistics: RawBuilder<unknown> = sql`
  value = excluded.value,
  x_axis_label = coalesce(excluded.x_axis_label, old.x_axis_label),
  min_value = least(old.min_value, excluded.min_value),
  min_value_iteration = CASE WHEN excluded.min_value < old.min_value
    THEN excluded.min_value_iteration ELSE old.min_value_iteration END,
  max_value = greatest(old.max_value, excluded.max_value),
  max_value_iteration = CASE WHEN excluded.max_value > old.max_value
    THEN excluded.max_value_iteration ELSE old.max_value_iteration END,
  last_iteration = greatest(old.last_iteration, excluded.last_iteration),
  count = old.count + excluded.count,
  -- The protocol's running mean: rounded at each batch, so the first batch's is rounded before it is used.
  mean_value = round(((round(old.mean_value::numeric, 2)::float8 * old.count + excluded.mean_value * excluded.count)
    / (old.count + excluded.count))::numeric, 2)::float8`;

function keyOf({ task, metric, variant }: Pick<Series, 'task' | 'metric' | 'variant'>): string {
  return `${task}\0${metric}\0${variant}`;
}

function logs(lines: Columns['logs']): Statement[] {
  const { task, ts, worker, level, metric, variant, msg } = lines;
  if (task.length === 0) return [];
  const digest = createHash('sha256').update(JSON.stringify(lines)).digest();
  const insert = sql`
    WITH fresh AS (
      INSERT INTO log_receipts (digest) VALUES (${digest}::bytea) ON CONFLICT DO NOTHING RETURNING digest
    )
    INSERT INTO logs (task_id, ts, worker, level, metric, variant, msg)
    SELECT * FROM unnest(${task}::text[], ${int8Array(ts)}::bigint[], ${worker}::text[],
      ${level}::text[], ${metric}::text[], ${variant}::text[], ${msg}::text[])
    WHERE EXISTS (SELECT FROM fresh)`;
  return [insert];
}

function documents(columns: Columns): Statement[] {
  const rows = columns.documents();
  if (rows.length === 0) return [];
  const upsert = sql`
    INSERT INTO event_documents (task_id, type, metric, variant, iter, key, ts, worker, url, source_urls, document)
    SELECT task_id, type, metric, variant, iter, key, ts, worker, url,
      ARRAY(SELECT jsonb_array_elements_text(sources)), document
    FROM unnest(
      ${rows.map(({ task }) => task)}::text[], ${rows.map(({ type }) => type)}::text[],
      ${rows.map(({ metric }) => metric)}::text[], ${rows.map(({ variant }) => variant)}::text[],
      ${int8Array(rows.map(({ iter }) => iter))}::bigint[], ${rows.map(({ key }) => key)}::text[],
      ${int8Array(rows.map(({ ts }) => ts))}::bigint[], ${rows.map(({ worker }) => worker)}::text[],
      ${rows.map(({ url }) => url)}::text[], ${rows.map(({ sourceUrls }) => JSON.stringify(sourceUrls))}::jsonb[],
      ${rows.map(({ document }) => document)}::json[])
      AS event (task_id, type, metric, variant, iter, key, ts, worker, url, sources, document)
    ON CONFLICT (task_id, type, md5(metric), md5(variant), iter, md5(key)) DO UPDATE SET
      ts = excluded.ts, worker = excluded.worker, url = excluded.url, source_urls = excluded.source_urls,
      document = excluded.document`;
  return [upsert];
}

/** The statements that move the progress and the last update of what got events. */
function touches(scope: Scope, batches: readonly Columns[], owners: ReadonlyMap<string, Owner>): Statement[] {
  const all = batches.flatMap(({ lastIterations }) => [...lastIterations]);
  return (['tasks', 'models'] satisfies OwnerTable[]).flatMap((table) => {
    const touched = all.filter(([id]) => owners.get(id)?.table === table);
    if (touched.length === 0) return [];
    return sql`
      UPDATE ${sql.table(table)} AS owner
      SET last_update = ${scope.now}, last_iteration = greatest(last_iteration, touched.iter)
      FROM unnest(${touched.map(([id]) => id)}::text[], ${touched.map(([, iter]) => iter)}::bigint[])
        AS touched (id, iter)
      WHERE owner.id = touched.id`;
  });
}
