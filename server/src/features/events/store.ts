import { sql } from 'kysely';
import type { Scope } from '../../clearml/endpoint.ts';
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
    WHERE id = ANY(${ids}) AND company = ${scope.caller.company}
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
  const ids = await upsertSeries(scope, all);
  const seriesIds = all.flatMap((series) => {
    const id = ids.get(keyOf(series.task, series.metric, series.variant));
    return series.iters.map(() => id as number);
  });
  const iters = all.flatMap((series) => series.iters);
  const timestamps = all.flatMap((series) => series.timestamps);
  const values = all.flatMap((series) => series.values);
  await sql`
    INSERT INTO scalars (series_id, iter, ts, value)
    SELECT * FROM unnest(${numbers(seriesIds)}::bigint[], ${numbers(iters)}::bigint[],
      ${numbers(timestamps)}::bigint[], ${numbers(values)}::real[])
    ON CONFLICT (series_id, iter) DO UPDATE SET ts = excluded.ts, value = excluded.value`.execute(scope.db);
}

/** Adds a batch's statistics to those of its series, and answers their numbers by name. */
async function upsertSeries(scope: Scope, all: Series[]): Promise<Map<string, number>> {
  const column = (pick: (series: Series) => number) => numbers(all.map(pick));
  const { rows } = await sql<{ id: number; task_id: string; metric: string; variant: string }>`
    INSERT INTO scalar_series AS old (task_id, metric, variant, x_axis_label, value, min_value, min_value_iteration,
      max_value, max_value_iteration, first_value, first_value_iteration, count, mean_value)
    SELECT * FROM unnest(
      ${all.map(({ task }) => task)}::text[], ${all.map(({ metric }) => metric)}::text[],
      ${all.map(({ variant }) => variant)}::text[], ${all.map(({ xAxisLabel }) => xAxisLabel)}::text[],
      ${column(({ value }) => value)}::float8[],
      ${column(({ min }) => min)}::float8[], ${column(({ minIteration }) => minIteration)}::bigint[],
      ${column(({ max }) => max)}::float8[], ${column(({ maxIteration }) => maxIteration)}::bigint[],
      ${column(({ first }) => first)}::float8[], ${column(({ firstIteration }) => firstIteration)}::bigint[],
      ${column(({ count }) => count)}::bigint[], ${column(({ mean }) => mean)}::float8[])
    ON CONFLICT (task_id, metric_hash, variant_hash) DO UPDATE SET
      value = excluded.value,
      x_axis_label = coalesce(excluded.x_axis_label, old.x_axis_label),
      min_value = least(old.min_value, excluded.min_value),
      min_value_iteration = CASE WHEN excluded.min_value < old.min_value
        THEN excluded.min_value_iteration ELSE old.min_value_iteration END,
      max_value = greatest(old.max_value, excluded.max_value),
      max_value_iteration = CASE WHEN excluded.max_value > old.max_value
        THEN excluded.max_value_iteration ELSE old.max_value_iteration END,
      count = old.count + excluded.count,
      -- The protocol's running mean: rounded at each batch, so the first batch's is rounded before it is used.
      mean_value = round(((round(old.mean_value::numeric, 2)::float8 * old.count + excluded.mean_value * excluded.count)
        / (old.count + excluded.count))::numeric, 2)::float8
    RETURNING id, task_id, metric, variant`.execute(scope.db);
  return new Map(rows.map(({ id, task_id, metric, variant }) => [keyOf(task_id, metric, variant), id]));
}

function keyOf(task: string, metric: string, variant: string): string {
  return `${task}\0${metric}\0${variant}`;
}

async function storeLogs(scope: Scope, logs: Columns['logs']): Promise<void> {
  if (logs.task.length === 0) return;
  await sql`
    INSERT INTO logs (task_id, ts, worker, level, metric, variant, msg)
    SELECT * FROM unnest(${logs.task}::text[], ${numbers(logs.ts)}::bigint[], ${logs.worker}::text[],
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
      ${numbers(rows.map(({ iter }) => iter))}::bigint[], ${rows.map(({ key }) => key)}::text[],
      ${numbers(rows.map(({ ts }) => ts))}::bigint[], ${rows.map(({ worker }) => worker)}::text[],
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

/** An array parameter of numbers, spelt at once: the driver would quote and escape each of them. */
function numbers(values: number[]): string {
  return `{${values.join(',')}}`;
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
