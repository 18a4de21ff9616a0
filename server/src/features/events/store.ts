import { type RawBuilder, sql } from 'kysely';
import type { Scope } from '../../clearml/endpoint.ts';
import type { Owner, OwnerTable } from './access.ts';
import { float8Array, int8Array } from './arrays.ts';
import type { Columns } from './columns.ts';
import { copyPoints, type NumberedSeries, overwritePoints } from './points.ts';
import type { Series } from './series.ts';

/** Writes a batch for owners that are locked. The number of statements does not depend on its size. */
export async function storeColumns(
  scope: Scope,
  columns: Columns,
  owners: ReadonlyMap<string, Owner>,
): Promise<void> {
  const touches = touchesOf(scope, columns.lastIterations(), owners);
  const series = columns.allSeries();
  if (series.length > 0) {
    // One round trip less for the most frequent batch.
    await storeSeries(scope, series, touches);
  } else {
    for (const touch of touches) await touch.execute(scope.db);
  }
  await storeLogs(scope, columns.logs);
  await storeDocuments(scope, columns);
}

async function storeSeries(scope: Scope, all: Series[], touches: RawBuilder<unknown>[]): Promise<void> {
  const stored = await upsertSeries(scope, all, touches);
  const fresh: NumberedSeries[] = [];
  const known: NumberedSeries[] = [];
  for (const series of all) {
    const { id, last } = stored.get(keyOf(series)) as StoredSeries;
    (last === null || series.firstIteration > last ? fresh : known).push({ id, series });
  }
  // A training hardly ever goes back, and looking for points to overwrite makes writing them twice as slow.
  if (fresh.length > 0) await copyPoints(scope.db, fresh);
  if (known.length > 0) await overwritePoints(scope.db, known);
}

interface StoredSeries {
  id: number;
  /** The highest iteration it had before this batch, null when it is new. */
  last: number | null;
}

/** Adds a batch's statistics to those of its series, and answers where these stand, by name. */
async function upsertSeries(
  scope: Scope,
  all: Series[],
  touches: RawBuilder<unknown>[],
): Promise<Map<string, StoredSeries>> {
  const floats = (pick: (series: Series) => number) => float8Array(all.map(pick));
  const integers = (pick: (series: Series) => number) => int8Array(all.map(pick));
  const steps = touches.map((touch, index) => sql`${sql.ref(`touch_${index}`)} AS (${touch})`);
  const { rows } = await sql<StoredSeries & { task: string; metric: string; variant: string }>`
    ${steps.length > 0 ? sql`WITH ${sql.join(steps)}` : sql``}
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
      (SELECT last_iteration FROM scalar_series AS before WHERE before.id = old.id) AS last`.execute(
    scope.db,
  );
  return new Map(rows.map((row) => [keyOf(row), row]));
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

async function storeLogs(scope: Scope, logs: Columns['logs']): Promise<void> {
  if (logs.task.length === 0) return;
  await sql`
    INSERT INTO logs (task_id, ts, worker, level, metric, variant, msg)
    SELECT * FROM unnest(${logs.task}::text[], ${int8Array(logs.ts)}::bigint[], ${logs.worker}::text[],
      ${logs.level}::text[], ${logs.metric}::text[], ${logs.variant}::text[], ${logs.msg}::text[])`.execute(
    scope.db,
  );
}

async function storeDocuments(scope: Scope, columns: Columns): Promise<void> {
  const rows = columns.documents();
  if (rows.length === 0) return;
  await sql`
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
      document = excluded.document`.execute(scope.db);
}

/** The statements that move the progress and the last update of what got events. */
function touchesOf(
  scope: Scope,
  lastIterations: ReadonlyMap<string, number | null>,
  owners: ReadonlyMap<string, Owner>,
): RawBuilder<unknown>[] {
  return (['tasks', 'models'] satisfies OwnerTable[]).flatMap((table) => {
    const touched = [...lastIterations].filter(([id]) => owners.get(id)?.table === table);
    if (touched.length === 0) return [];
    return sql`
      UPDATE ${sql.table(table)} AS owner
      SET last_update = ${scope.now}, last_iteration = greatest(last_iteration, touched.iter)
      FROM unnest(${touched.map(([id]) => id)}::text[], ${touched.map(([, iter]) => iter)}::bigint[])
        AS touched (id, iter)
      WHERE owner.id = touched.id`;
  });
}
