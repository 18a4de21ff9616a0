import { atLeast } from '../../clearml/contracts.ts';
import { type Call, type Endpoint, type Scope, write } from '../../clearml/endpoint.ts';
import { ClearmlError } from '../../clearml/errors.ts';
import { forEachId } from '../../clearml/many.ts';
import { deleteTaskEvents } from '../events/index.ts';
import { deleteFilesLater, rememberDeletedTask } from '../files/index.ts';
import { deleteDraftModels, disownModels } from '../models/index.ts';
import type { Artifacts, TaskRow } from './entity.ts';
import { meansSteps, pipelineSteps } from './pipeline-steps.ts';
import { deleteTaskRow, lockTask, orphanChildren, removeFromQueues } from './store.ts';

export interface DeleteRequest {
  force?: boolean;
  delete_output_models?: boolean;
  return_file_urls?: boolean;
  /** Whether the files of our own store go too; foreign ones are the caller's to delete. */
  delete_external_artifacts?: boolean;
}

export interface Urls {
  model_urls: string[];
  event_urls: string[];
  artifact_urls: string[];
}

interface Deleted {
  deleted: true;
  updated_children: number;
  updated_models: number;
  deleted_models: number;
  urls?: Urls;
}

export const removalEndpoints: Endpoint[] = [
  write('tasks.delete', async (call, { task, ...request }) => ({
    ...(await deleteTask(call, task, withFiles(call, request), meansSteps(call, request))),
    events: {},
  })),

  write('tasks.delete_many', async (call, { ids, ...request }) =>
    forEachId(call, ids, (id) => deleteTask(call, id, withFiles(call, request), meansSteps(call, request))),
  ),
];

/** Files go unless the caller says no; before 2.21 nobody could, and clients deleted them. */
export function withFiles<Request extends DeleteRequest>({ version }: Call, request: Request): Request {
  return {
    ...request,
    delete_external_artifacts: request.delete_external_artifacts ?? atLeast(version, 2, 21),
  };
}

/**
 * Deletes a task with its events and draft models; children and published models remember it by its id. With the steps of a
 * pipeline run, the answer counts for all of them.
 *
 * @throws ClearmlError 400/123 unless it is a draft, archived, or forced
 */
export async function deleteTask(
  scope: Scope,
  id: string,
  request: DeleteRequest,
  withSteps = false,
): Promise<Deleted> {
  const task = await lockTask(scope, id);
  const allowed = task.status === 'created' || task.system_tags.includes('archived') || request.force;
  if (!allowed) {
    throw new ClearmlError(
      'task_cannot_be_deleted',
      `task ${id} is ${task.status}: archive it first, or force`,
    );
  }
  const steps = withSteps ? await pipelineSteps(scope, task) : [];
  const answers: Deleted[] = [];
  // A step has no life of its own: what holds for the run holds for its steps.
  for (const step of steps) answers.push(await deleteLocked(scope, await lockTask(scope, step), request));
  answers.push(await deleteLocked(scope, task, request));
  return answers.reduce(sum);
}

async function deleteLocked(scope: Scope, task: TaskRow, request: DeleteRequest): Promise<Deleted> {
  await removeFromQueues(scope, task.id);
  const { deletedModels, urls } = await deleteOutputs(scope, task, request.delete_output_models);
  const updatedModels = await disownModels(scope, task.id);
  const updatedChildren = await orphanChildren(scope, task.id);
  await deleteTaskRow(scope, task.id);
  await rememberDeletedTask(scope, task);
  if (request.delete_external_artifacts) await deleteFilesLater(scope, task.id, allFiles(task.id, urls));
  return {
    deleted: true,
    updated_children: updatedChildren,
    updated_models: updatedModels,
    deleted_models: deletedModels,
    ...(request.return_file_urls && { urls }),
  };
}

/** The noted files, and the folders of the task that they lie in: there may be more that nobody noted. */
function allFiles(taskId: string, urls: Urls): string[] {
  const noted = Object.values(urls).flat() as string[];
  const folders = noted.flatMap((url) => new RegExp(`^.*?[.]${taskId}/`).exec(url)?.[0] ?? []);
  return [...noted, ...folders];
}

function sum(total: Deleted, one: Deleted): Deleted {
  return {
    deleted: true,
    updated_children: total.updated_children + one.updated_children,
    updated_models: total.updated_models + one.updated_models,
    deleted_models: total.deleted_models + one.deleted_models,
    ...(total.urls && one.urls && { urls: joined(total.urls, one.urls) }),
  };
}

function joined(a: Urls, b: Urls): Urls {
  return {
    model_urls: [...a.model_urls, ...b.model_urls],
    event_urls: [...a.event_urls, ...b.event_urls],
    artifact_urls: [...a.artifact_urls, ...b.artifact_urls],
  };
}

/** Deletes what a run left behind: events, and the models nobody published or uses. Answers the files that are now unowned. */
export async function deleteOutputs(
  scope: Scope,
  task: TaskRow,
  deleteModels = true,
): Promise<{ deletedModels: number; urls: Urls }> {
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
