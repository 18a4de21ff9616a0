import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import type { Scope } from '../../clearml/endpoint.ts';
import { pipelined, type Statement } from '../../platform/pipeline.ts';
import { type OwnerIds, type OwnerTable, ownerLocks } from './access.ts';
import { int8Array } from './arrays.ts';
import type { Columns } from './columns.ts';
import { copyPoints, type NumberedSeries, overwritePoints } from './points.ts';
import { keyOf, type Series } from './series.ts';
import { type StoredSeries, updateSeries, upsertSeries } from './series-store.ts';

/** Nothing may stay of the transaction. */
class OwnersDoNotFit extends Error {}

/** Statements to run before and after others, without a round trip of their own. */
interface Around {
  begin: readonly Statement[];
  end: readonly Statement[];
}

/**
 * Writes batches of which no two name one owner, in two round trips: the points need the numbers of their series.
 *
 * @returns the numbers
 * @throws when the callers may not write to all that the batches name
 */
export async function storeBatches(
  scope: Scope,
  batches: readonly Columns[],
  around: Around = { begin: [], end: [] },
): Promise<NumberedSeries[]> {
  const locks = ownerLocks(scope, ownersOf(batches));
  const series = seriesOf(batches);
  const upsert = series.length > 0 ? [upsertSeries(series)] : [];
  const found = await pipelined(scope.db, [...around.begin, ...locks.statements, ...upsert]);
  const owners = locks.owners(found.slice(around.begin.length));
  if (!batches.every(({ named }) => named.fit(owners))) throw new OwnersDoNotFit();
  const stored = series.length > 0 ? (found.at(-1) as StoredSeries[]) : [];
  const { numbered, points } = pointsOf(series, stored);
  await pipelined(scope.db, [...points, ...others(scope, batches), ...around.end]);
  return numbered;
}

/**
 * The same in a single round trip, for points that are new in series whose numbers are known.
 *
 * @throws also when a number is not, or no longer, right, a point is stored already, or an owner is published
 */
export async function storeKnown(
  scope: Scope,
  batches: readonly Columns[],
  series: readonly NumberedSeries[],
  { begin, end }: Around,
): Promise<void> {
  const locks = ownerLocks(scope, ownersOf(batches));
  const points = series.length > 0 ? [updateSeries(series), copyPoints(series)] : [];
  await pipelined(scope.db, [...begin, ...locks.unpublished, ...points, ...others(scope, batches), ...end]);
}

function ownersOf(batches: readonly Columns[]): OwnerIds {
  return {
    tasks: batches.flatMap(({ named }) => named.tasks),
    models: batches.flatMap(({ named }) => named.models),
  };
}

export function seriesOf(batches: readonly Columns[]): Series[] {
  return batches.flatMap((batch) => batch.allSeries());
}

/** What needs no number of a series. */
function others(scope: Scope, batches: readonly Columns[]): Statement[] {
  const events = batches.flatMap((batch) => [...logs(batch.logs), ...documents(batch)]);
  return [...events, ...touches(scope, batches)];
}

/** @param stored where the series stand */
function pointsOf(all: Series[], stored: StoredSeries[]) {
  const byName = new Map(stored.map((row) => [keyOf(row), row]));
  const fresh: NumberedSeries[] = [];
  const known: NumberedSeries[] = [];
  for (const series of all) {
    const { id, last } = byName.get(keyOf(series)) as StoredSeries;
    (last === null || series.firstIteration > last ? fresh : known).push({ id, series });
  }
  // A training hardly ever goes back, and looking for points to overwrite makes writing them twice as slow.
  const points: Statement[] = [
    ...(fresh.length > 0 ? [copyPoints(fresh)] : []),
    ...(known.length > 0 ? [overwritePoints(known)] : []),
  ];
  return { numbered: [...fresh, ...known], points };
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
function touches(scope: Scope, batches: readonly Columns[]): Statement[] {
  return (['tasks', 'models'] satisfies OwnerTable[]).flatMap((table) => {
    const touched = batches.flatMap(({ named, lastIterations }) =>
      named[table].flatMap((id) => {
        const iter = lastIterations.get(id);
        return iter === undefined ? [] : [{ id, iter }];
      }),
    );
    if (touched.length === 0) return [];
    return sql`
      UPDATE ${sql.table(table)} AS owner
      SET last_update = ${scope.now}, last_iteration = greatest(last_iteration, touched.iter)
      FROM unnest(${touched.map(({ id }) => id)}::text[], ${touched.map(({ iter }) => iter)}::bigint[])
        AS touched (id, iter)
      WHERE owner.id = touched.id`;
  });
}
