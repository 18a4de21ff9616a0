import { type SqlBool, sql } from 'kysely';
import type { Scope } from '../../clearml/endpoint.ts';
import { singleValues } from '../../features/events/index.ts';
import { findModels } from '../../features/models/index.ts';
import { queuePosition, queuePositions } from '../../features/queues/index.ts';
import { type Artifacts, findTask, type TaskModels, type TaskRow } from '../../features/tasks/index.ts';
import { isOver, isTroubled, statusOfTask } from './call-status.ts';
import type { StoredFile, TaskState } from './task-backend.ts';

/** What the caller of a clone may know of it. @param scope with the rights of the platform */
export async function stateOfTask(scope: Scope, id: string): Promise<TaskState | undefined> {
  const task = await findTask(scope, id);
  if (!task) return undefined;
  const [position, models, values] = await Promise.all([
    task.status === 'queued' ? queuePosition(scope, id) : undefined,
    outputModels(scope, task),
    singleValues(scope, id),
  ]);
  const status = statusOfTask(task);
  const progress = Number((task.runtime as { progress?: string }).progress ?? Number.NaN);
  // The message may hold a traceback and paths of the machine: that is for who may read the task.
  const reason = task.status_reason;
  return {
    status,
    ...(Number.isFinite(progress) && { progress }),
    lastIteration: task.last_iteration,
    ...(position !== undefined && { queuePosition: position }),
    ...(task.started && { started: task.started }),
    ...(isOver(status) && { ended: task.completed ?? task.status_changed }),
    ...(isTroubled(status) && reason && { reason }),
    artifacts: outputArtifacts(task),
    models,
    values,
  };
}

function outputArtifacts(task: TaskRow): StoredFile[] {
  return Object.values(task.artifacts as unknown as Artifacts).flatMap(
    ({ key, type, mode, uri, content_size: size }) =>
      mode === 'output' && uri ? [{ name: key, type, uri, ...(size !== undefined && { size }) }] : [],
  );
}

async function outputModels(scope: Scope, task: TaskRow) {
  const { output } = task.models as unknown as TaskModels;
  const found = await findModels(
    scope,
    output.map(({ model }) => model),
  );
  const uris = new Map(found.map(({ id, uri }) => [id, uri]));
  return output.flatMap(({ name, model }) => {
    const uri = uris.get(model);
    return uri ? [{ name, uri }] : [];
  });
}

/** What of the state of each task changes while it waits and runs, as a text. */
export async function glanceAtTasks({ db }: Scope, ids: readonly string[]): Promise<Map<string, string>> {
  const [tasks, positions] = await Promise.all([
    db
      .selectFrom('tasks')
      .select(['id', 'status', 'last_iteration', sql<string | null>`runtime ->> 'progress'`.as('progress')])
      .where(sql<SqlBool>`id = ANY(${[...ids]}::text[])`)
      .execute(),
    queuePositions(db, ids),
  ]);
  return new Map(
    tasks.map(({ id, ...parts }) => [id, [...Object.values(parts), positions.get(id)].join(' ')] as const),
  );
}
