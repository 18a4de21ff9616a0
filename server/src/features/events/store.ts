import { sql } from 'kysely';
import type { Scope } from '../../clearml/endpoint.ts';
import { writable } from '../../clearml/rights.ts';
import { float4Array, float8Array, int8Array } from './arrays.ts';
import type { Columns } from './columns.ts';
import type { Series } from './series.ts';

/**
 * The statuses of those tasks that the caller may write to. Their rows stay locked until the transaction ends: batches for one
 * task follow each other (whose value is the last one is then certain), none outlives its task, and since every batch locks
 * tasks in the order of their ids and all else after them, no two batches wait for each other in a ring.
 */
export async function lockTasks(scope: Scope, ids: string[]): Promise<Map<string, string>> {
  const { rows } = await sql<{ id: string; status: string }>`
    SELECT id, status FROM tasks
    WHERE id = ANY(${ids}) AND ${writable(scope, 'tasks')}
    ORDER BY id FOR NO KEY UPDATE`.execute(scope.db);
  return new Map(rows.map(({ id, status }) => [id, status]));
}

/** Writes a batch. The number of statements does not depend on its size. */
export async function storeColumns(scope: Scope, columns: Columns): Promise<void> {
  await storeSeries(scope, columns.allSeries());
  await storeLogs(scope, columns.logs);
  await storeDocuments(scope, columns);
  await touchTasks(scope, columns.lastIterations());
}

async function storeSeries(scope: Scope, all: Series[]): Promise<void> {
  if (all.length === 0) return;
  const stored = await upsertSeries(scope, all);
  const points = {
    series: [] as number[],
    iters: [] as number[],
    timestamps: [] as number[],
    values: [] as number[],
  };
  let onlyNew = true;
  for (const series of all) {
    const { id, last } = stored.get(keyOf(series)) as StoredSeries;
    onlyNew &&= last === null || series.firstIteration > last;
    for (let index = 0; index < series.iters.length; index++) points.series.push(id);
    append(points.iters, series.iters);
    append(points.timestamps, series.timestamps);
    append(points.values, series.values);
  }
  // Looking for a point to overwrite makes an insert a third slower, and a training hardly ever goes back.
  const overwrite = sql`ON CONFLICT (series_id, iter) DO UPDATE SET ts = excluded.ts, value = excluded.value`;
  await sql`
    INSERT INTO scalars (series_id, iter, ts, value)
    SELECT * FROM unnest(${int8Array(points.series)}::bigint[], ${int8Array(points.iters)}::bigint[],
      ${int8Array(points.timestamps)}::bigint[], ${float4Array(points.values)}::real[])
    ${onlyNew ? sql`` : overwrite}`.execute(scope.db);
}

/** Faster than flatMap by far, and without a limit on arguments as push has. */
function append(target: number[], values: readonly number[]): void {
  for (const value of values) target.push(value);
}

interface StoredSeries {
  id: number;
  /** The highest iteration it had before this batch, null when it is new. */
  last: number | null;
}

/** Adds a batch's statistics to those of its series, and answers where these stand, by name. */
async function upsertSeries(scope: Scope, all: Series[]): Promise<Map<string, StoredSeries>> {
  const floats = (pick: (series: Series) => number) => float8Array(all.map(pick));
  const integers = (pick: (series: Series) => number) => int8Array(all.map(pick));
  const { rows } = await sql<StoredSeries & { task: string; metric: string; variant: string }>`
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
    ON CONFLICT (task_id, metric_hash, variant_hash) DO UPDATE SET
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
        / (old.count + excluded.count))::numeric, 2)::float8
    RETURNING id, task_id AS task, metric, variant,
      -- a subquery sees the table as it was before this statement
      (SELECT last_iteration FROM scalar_series AS before WHERE before.id = old.id) AS last`.execute(
    scope.db,
  );
  return new Map(rows.map((row) => [keyOf(row), row]));
}

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
    INSERT INTO event_documents (task_id, type, metric, variant, iter, key, ts, worker, url, document)
    SELECT * FROM unnest(
      ${rows.map(({ task }) => task)}::text[], ${rows.map(({ type }) => type)}::text[],
      ${rows.map(({ metric }) => metric)}::text[], ${rows.map(({ variant }) => variant)}::text[],
      ${int8Array(rows.map(({ iter }) => iter))}::bigint[], ${rows.map(({ key }) => key)}::text[],
      ${int8Array(rows.map(({ ts }) => ts))}::bigint[], ${rows.map(({ worker }) => worker)}::text[],
      ${rows.map(({ url }) => url)}::text[], ${rows.map(({ document }) => document)}::json[])
    ON CONFLICT (task_id, type, md5(metric), md5(variant), iter, md5(key)) DO UPDATE SET
      ts = excluded.ts, worker = excluded.worker, url = excluded.url, document = excluded.document`.execute(
    scope.db,
  );
}

async function touchTasks(scope: Scope, lastIterations: ReadonlyMap<string, number | null>): Promise<void> {
  await sql`
    UPDATE tasks SET last_update = ${scope.now}, last_iteration = greatest(last_iteration, touched.iter)
    FROM unnest(${[...lastIterations.keys()]}::text[], ${[...lastIterations.values()]}::bigint[]) AS touched (id, iter)
    WHERE tasks.id = touched.id`.execute(scope.db);
}

/**
 * Deletes all events of a task, in the caller's transaction and before the task itself goes.
 *
 * @returns the URLs of its debug images, whose files nobody refers to any more
 */
export async function deleteTaskEvents(scope: Scope, taskId: string): Promise<string[]> {
  // A statement of its own: the next one must see what a batch that held this lock has written.
  if ((await lockTasks(scope, [taskId])).size === 0) return [];
  const { rows } = await sql<{ url: string }>`
    WITH series AS (DELETE FROM scalar_series WHERE task_id = ${taskId} RETURNING id),
      points AS (DELETE FROM scalars USING series WHERE series_id = series.id),
      lines AS (DELETE FROM logs WHERE task_id = ${taskId}),
      documents AS (DELETE FROM event_documents WHERE task_id = ${taskId} RETURNING url)
    SELECT DISTINCT url FROM documents WHERE url IS NOT NULL ORDER BY url`.execute(scope.db);
  return rows.map(({ url }) => url);
}
