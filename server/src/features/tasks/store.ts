import { type RawBuilder, type SqlBool, sql } from 'kysely';
import type { Scope } from '../../clearml/endpoint.ts';
import { ClearmlError } from '../../clearml/errors.ts';
import { readable, writable } from '../../clearml/rights.ts';
import { json } from '../../platform/database.ts';
import { newId } from '../../platform/ids.ts';
import type { TaskRow } from './entity.ts';

/** The task, if the caller may see it. */
export async function findTask(scope: Scope, id: string): Promise<TaskRow | undefined> {
  return scope.db
    .selectFrom('tasks')
    .selectAll()
    .where('id', '=', id)
    .where(readable(scope, 'tasks'))
    .executeTakeFirst();
}

/** One document column of each of these tasks, in the given order; throws 400/101 that names the unknown ones. */
export async function readColumn(
  scope: Scope,
  column: 'hyperparams' | 'configuration',
  ids: readonly string[],
): Promise<{ id: string; value: unknown }[]> {
  const { rows } = await sql<{ id: string; value: unknown }>`
    SELECT id, ${sql.ref(column)} AS value FROM tasks
    WHERE id = ANY(${ids}::text[]) AND ${readable(scope, 'tasks')}
    ORDER BY array_position(${ids}::text[], id)`.execute(scope.db);
  const known = new Set(rows.map(({ id }) => id));
  const unknown = ids.filter((id) => !known.has(id));
  if (unknown.length > 0) throw new ClearmlError('invalid_task_id', `tasks=${unknown.join(', ')}`);
  return rows;
}

/** The task, locked until the transaction ends; throws 400/101 when there is none, 403/21 when it may only be read. */
export async function lockTask(scope: Scope, id: string): Promise<TaskRow> {
  const found = await scope.db
    .selectFrom('tasks')
    .selectAll()
    .select(writable(scope, 'tasks').as('writable'))
    .where('id', '=', id)
    .where(readable(scope, 'tasks'))
    .forUpdate()
    .executeTakeFirst();
  if (!found) throw new ClearmlError('invalid_task_id', `id=${id}`);
  const { writable: mayWrite, ...task } = found;
  if (!mayWrite)
    throw new ClearmlError('no_write_permission', `task ${id} is public, or shared for reading only`);
  return task;
}

/**
 * Locks all of these tasks, for a change that is made to all or to none.
 *
 * @throws ClearmlError 400/101 that names the unknown ones, 403/21 that names those to be read only
 */
export async function lockTasks(scope: Scope, ids: readonly string[]): Promise<string[]> {
  const found = await scope.db
    .selectFrom('tasks')
    .select('id')
    .select(writable(scope, 'tasks').as('writable'))
    .where(sql<SqlBool>`id = ANY(${ids}::text[])`)
    .where(readable(scope, 'tasks'))
    .orderBy('id')
    .forUpdate()
    .execute();
  const known = new Set(found.map(({ id }) => id));
  const unknown = ids.filter((id) => !known.has(id));
  if (unknown.length > 0) throw new ClearmlError('invalid_task_id', `ids=${unknown.join(', ')}`);
  const fixed = found.filter((task) => !task.writable).map(({ id }) => id);
  if (fixed.length > 0)
    throw new ClearmlError('no_write_permission', `public, or shared for reading only: ${fixed.join(', ')}`);
  return [...known];
}

/** Columns that hold documents; their values are written as jsonb. */
const documents = new Set([
  'script',
  'execution',
  'artifacts',
  'output',
  'models',
  'container',
  'runtime',
  'hyperparams',
  'configuration',
]);

export type TaskChanges = Partial<Record<keyof TaskRow, unknown>>;

/** Values ready for an insert or update: what is undefined is left out, documents become jsonb. */
export function columnValues(changes: TaskChanges): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(changes)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [name, documents.has(name) && value !== null ? json(value) : value]),
  );
}

/** Columns of a task that is to be inserted. */
export type NewTask = TaskChanges & { name: string; type: string };

/** A task of the caller with a new id. */
export function newTask(scope: Scope, { name, type }: NewTask) {
  const { userId: user_id, company } = scope.caller;
  const dates = { created: scope.now, status_changed: scope.now, ...stamps(scope) };
  return { id: newId(), company, user_id, name, type, ...dates };
}

/** Columns that tasks are inserted with when they are many; the others get their defaults. */
const insertedColumns = [
  'id',
  'company',
  'user_id',
  'name',
  'type',
  'comment',
  'project',
  'parent',
  'status',
  'status_reason',
  'status_changed',
  'enqueue_status',
  'created',
  'last_update',
  'last_change',
  'last_changed_by',
  'tags',
  'system_tags',
  'script',
  'execution',
  'artifacts',
  'output',
  'models',
  'container',
  'hyperparams',
  'configuration',
] as const satisfies (keyof TaskRow)[];

/** A task with a value in each column that cannot be empty. */
export type WholeTask = Pick<TaskRow, 'id'> & Record<(typeof insertedColumns)[number], unknown>;

/** Inserts tasks, each the JSON of a WholeTask. */
export function insertTasks(tasks: readonly string[]): RawBuilder<unknown> {
  const names = sql.raw(insertedColumns.join(', '));
  return sql`INSERT INTO tasks (${names}) SELECT ${names} FROM json_populate_recordset(NULL::tasks, ${`[${tasks}]`})`;
}

/** Writes the changes and nothing else. */
export async function writeTask(scope: Scope, id: string, changes: TaskChanges): Promise<void> {
  await scope.db.updateTable('tasks').set(columnValues(changes)).where('id', '=', id).execute();
}

/** Marks when and by whom a task was changed. */
export function stamps(scope: Scope) {
  return { last_update: scope.now, last_change: scope.now, last_changed_by: scope.caller.userId };
}

/** Takes a task out of every queue, or out of the given one only; answers the ids of the queues it was in. */
export async function removeFromQueues(scope: Scope, taskId: string, queueId?: string): Promise<string[]> {
  const entries = scope.db.deleteFrom('queue_entries').where('task_id', '=', taskId);
  const rows = await (queueId === undefined ? entries : entries.where('queue_id', '=', queueId))
    .returning('queue_id')
    .execute();
  return rows.map((row) => row.queue_id);
}

/**
 * A task that is no longer queued waits in no queue, and one that an agent was given and now starts goes to no other agent. What was
 * put into a queue without being `queued` stays there.
 */
export async function endWaiting(scope: Scope, task: TaskRow): Promise<void> {
  const wasQueued = task.status === 'queued';
  await sql`
    DELETE FROM queue_entries WHERE task_id = ${task.id} AND (held_until IS NOT NULL OR ${wasQueued})`.execute(
    scope.db,
  );
}

/** Begins the `parent` of a task whose parent was deleted. */
export const deletedParent = '__DELETED__';

/** Children keep a trace of a deleted parent, as the protocol wants; answers how many there were. */
export async function orphanChildren(scope: Scope, taskId: string): Promise<number> {
  const { numAffectedRows } = await sql`
    UPDATE tasks SET parent = ${deletedParent + taskId}
    WHERE parent = ${taskId} AND company = ${scope.caller.company}`.execute(scope.db);
  return Number(numAffectedRows ?? 0);
}

export async function deleteTaskRow(scope: Scope, id: string): Promise<void> {
  await scope.db.deleteFrom('tasks').where('id', '=', id).execute();
}
