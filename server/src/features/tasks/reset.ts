import { type Endpoint, type Scope, write } from '../../clearml/endpoint.ts';
import { ClearmlError } from '../../clearml/errors.ts';
import { forEachId } from '../../clearml/many.ts';
import { wireFields } from '../../clearml/wire.ts';
import { deleteFilesLater } from '../files/index.ts';
import type { Artifacts, TaskModels, TaskRow } from './entity.ts';
import { type DeleteRequest, deleteOutputs, withFiles } from './removal.ts';
import { changeStatus } from './status.ts';
import { lockTask, removeFromQueues, type TaskChanges } from './store.ts';

interface ResetRequest extends DeleteRequest {
  clear_all?: boolean;
}

export const resetEndpoints: Endpoint[] = [
  write('tasks.reset', async (call, { task, ...request }) => {
    const { queues, ...answer } = await resetTask(call, task, withFiles(call, request));
    return { ...answer, dequeued: queues > 0 ? { removed: queues } : {}, events: {} };
  }),

  write('tasks.reset_many', async (call, { ids, ...request }) =>
    forEachId(call, ids, async (id) => {
      const { queues, ...answer } = await resetTask(call, id, withFiles(call, request));
      return { ...answer, dequeued: queues > 0 };
    }),
  ),
];

/** Makes a draft of a task again; `queues` is how many it was taken out of. Throws 400/110 for a published one without force. */
async function resetTask(scope: Scope, id: string, request: ResetRequest) {
  const task = await lockTask(scope, id);
  const published = task.status === 'published' || task.status === 'publishing';
  if (published && !request.force) {
    throw new ClearmlError('invalid_task_status', `task ${id} is ${task.status}: clone it, or force`, {
      current_status: task.status,
    });
  }
  const queues = await removeFromQueues(scope, id);
  const { deletedModels, urls } = await deleteOutputs(scope, task, request.delete_output_models);
  // Not the whole folder: the next run may already be writing there. A file it uploads under the same name stays.
  if (request.delete_external_artifacts)
    await deleteFilesLater(scope, id, Object.values(urls).flat() as string[]);
  const changes = {
    ...cleared(task),
    ...(request.clear_all && { script: null, execution: {}, artifacts: {} }),
  };
  const { artifacts: _artifacts, ...fields } = await changeStatus(scope, task, {
    status: 'created',
    reason: 'reset',
    message: 'reset',
    force: true,
    changes,
  });
  return {
    updated: 1,
    fields: wireFields(fields),
    queues: queues.length,
    deleted_models: deletedModels,
    ...(request.return_file_urls && { urls }),
  };
}

/** A task as before its first run: what it was given stays, what it produced goes. */
function cleared(task: TaskRow): TaskChanges {
  const { input } = task.models as unknown as TaskModels;
  const { queue: _queue, ...execution } = task.execution as Record<string, unknown>;
  const { destination } = task.output as { destination?: string };
  const artifacts = Object.entries(task.artifacts as unknown as Artifacts);
  return {
    last_iteration: 0,
    models: { input, output: [] },
    runtime: {},
    execution,
    output: destination === undefined ? {} : { destination },
    artifacts: Object.fromEntries(artifacts.filter(([, { mode }]) => mode === 'input')),
    last_worker: null,
    last_worker_report: null,
    started: null,
    completed: null,
    published: null,
    active_duration: null,
    enqueue_status: null,
  };
}
