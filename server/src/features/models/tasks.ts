import { sql } from 'kysely';
import type { Scope } from '../../clearml/endpoint.ts';
import { readable, writable } from '../../clearml/rights.ts';
import type { Document } from '../../clearml/wire.ts';

/** The task of a model, as far as models need to know it. */
export interface ModelTask {
  id: string;
  name: string;
  status: string;
  project: string | null;
  /** Lists of links by direction. */
  models: unknown;
}

/** What models ask of tasks. The tasks' slice stands on this one, so the composition root hands these in. */
export interface ModelTasks {
  /** Throws 400/101 or 403/21. */
  lockTask(scope: Scope, id: string): Promise<ModelTask>;
  publishTask(
    scope: Scope,
    id: string,
    request: { force?: boolean; publish_model: false },
  ): Promise<{ updated: number; fields: Document }>;
  addTaskModel(
    scope: Scope,
    taskId: string,
    link: { name: string; model: string; type: 'output'; iteration?: number },
  ): Promise<void>;
}

/** The status of a task that the caller may see. */
export async function taskStatus(scope: Scope, id: string): Promise<string | undefined> {
  const task = await scope.db
    .selectFrom('tasks')
    .select('status')
    .where('id', '=', id)
    .where(readable(scope, 'tasks'))
    .executeTakeFirst();
  return task?.status;
}

/** A task has come at least as far as its model was reported to. */
export async function reportIteration(scope: Scope, taskId: string, iteration: number): Promise<void> {
  await sql`
    UPDATE tasks SET last_iteration = greatest(last_iteration, ${iteration}), last_update = ${scope.now}
    WHERE id = ${taskId} AND ${writable(scope, 'tasks')}`.execute(scope.db);
}
