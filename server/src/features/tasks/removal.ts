import { type Endpoint, type Scope, write } from '../../clearml/endpoint.ts';
import { ClearmlError } from '../../clearml/errors.ts';
import { wireFields } from '../../clearml/wire.ts';
import { deleteTaskEvents } from '../events/index.ts';
import { deleteDraftModels, disownModels } from '../models/index.ts';
import type { Artifacts, TaskModels, TaskRow } from './entity.ts';
import { changeStatus } from './status.ts';
import { deleteTaskRow, lockTask, orphanChildren, removeFromQueues, type TaskChanges } from './store.ts';

export const removalEndpoints: Endpoint[] = [
  write('tasks.reset', async (call, request) => {
    const task = await lockTask(call, request.task);
    const published = task.status === 'published' || task.status === 'publishing';
    if (published && !request.force) throw new ClearmlError('task_published', `id=${task.id}`);
    const queues = await removeFromQueues(call, task.id);
    const { deletedModels, urls } = await deleteOutputs(call, task, request.delete_output_models);
    const fields = await changeStatus(call, task, {
      status: 'created',
      reason: 'reset',
      message: 'reset',
      force: true,
      changes: { ...cleared(task), ...(request.clear_all && { script: null, execution: {} }) },
    });
    return {
      updated: 1,
      fields: wireFields(fields),
      dequeued: queues.length > 0 ? { removed: queues.length } : {},
      deleted_models: deletedModels,
      events: {},
      ...(request.return_file_urls && { urls }),
    };
  }),

  write('tasks.delete', async (call, request) => {
    const task = await lockTask(call, request.task);
    const allowed = task.status === 'created' || task.system_tags.includes('archived') || request.force;
    if (!allowed) {
      throw new ClearmlError(
        'task_cannot_be_deleted',
        `task ${task.id} is ${task.status}: archive it first, or force`,
      );
    }
    await removeFromQueues(call, task.id);
    const { deletedModels, urls } = await deleteOutputs(call, task, request.delete_output_models);
    const [updatedModels, updatedChildren] = [
      await disownModels(call, task.id),
      await orphanChildren(call, task.id),
    ];
    await deleteTaskRow(call, task.id);
    return {
      deleted: true,
      updated_children: updatedChildren,
      updated_models: updatedModels,
      deleted_models: deletedModels,
      events: {},
      ...(request.return_file_urls && { urls }),
    };
  }),
];

/** Deletes what a run left behind: events, and the models nobody published or uses. Answers the files that are now unowned. */
async function deleteOutputs(scope: Scope, task: TaskRow, deleteModels = true) {
  const models = deleteModels ? await deleteDraftModels(scope, task.id) : [];
  const eventUrls = await deleteTaskEvents(scope, task.id);
  const artifacts = Object.values(task.artifacts as unknown as Artifacts);
  const artifactUrls = artifacts.filter(({ mode }) => mode === 'output').map(({ uri }) => uri);
  return {
    deletedModels: models.length,
    urls: {
      model_urls: models.flatMap(({ uri }) => uri ?? []),
      event_urls: eventUrls,
      artifact_urls: artifactUrls.filter((uri) => uri !== undefined),
    },
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
