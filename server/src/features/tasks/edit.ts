import { sql } from 'kysely';
import { type Endpoint, read, type Scope, write } from '../../clearml/endpoint.ts';
import { ClearmlError } from '../../clearml/errors.ts';
import { readable } from '../../clearml/rights.ts';
import { wireFields } from '../../clearml/wire.ts';
import { requireWritableProject } from '../projects/index.ts';
import { fromLegacy } from './compatibility.ts';
import {
  artifactMap,
  completeConfiguration,
  completeHyperparams,
  completeModels,
  taskName,
  trimmedScript,
} from './content.ts';
import type { TaskModels, TaskRow } from './entity.ts';
import { requireStatus } from './status.ts';
import {
  columnValues,
  deletedParent,
  findTask,
  lockTask,
  type NewTask,
  newTask,
  stamps,
  type TaskChanges,
  writeTask,
} from './store.ts';

/** What `tasks.create` and `tasks.edit` take. */
export interface TaskContent {
  name?: string | undefined;
  type?: string | undefined;
  comment?: string | undefined;
  project?: string | undefined;
  parent?: string | undefined;
  tags?: string[] | undefined;
  system_tags?: string[] | undefined;
  output_dest?: string | undefined;
  execution?: object | undefined;
  script?: object | undefined;
  hyperparams?: Parameters<typeof completeHyperparams>[0] | undefined;
  configuration?: Parameters<typeof completeConfiguration>[0] | undefined;
  models?: Parameters<typeof completeModels>[0] | undefined;
  container?: Record<string, string> | undefined;
  runtime?: Record<string, unknown> | undefined;
}

export const editEndpoints: Endpoint[] = [
  write('tasks.create', async (call, request) => {
    return { id: await createTask(call, fromLegacy(request)) };
  }),

  read('tasks.validate', async (call, request) => {
    const content: TaskContent = fromLegacy(request);
    taskName(request.name);
    await checkReferences(call, content);
    return {};
  }),

  write('tasks.edit', async (call, request) => {
    const task = await lockTask(call, request.task);
    if (!request.force) requireStatus(task, ['created']);
    const content: TaskContent = fromLegacy(request, task.models as unknown as TaskModels);
    await checkReferences(call, content);
    if (content.parent === task.id)
      throw new ClearmlError('validation_error', 'parent: a task cannot be its own parent');
    const changes = { ...taskChanges(content, task), ...stamps(call) };
    await writeTask(call, task.id, changes);
    return { updated: 1, fields: wireFields(answered(changes)) };
  }),

  // No status check: the running task reports what it found installed.
  write('tasks.set_requirements', async (call, { task: id, requirements }) => {
    const task = await lockTask(call, id);
    if (!task.script) throw new ClearmlError('missing_task_fields', `task ${id} has no script`);
    const script = { ...(task.script as Record<string, unknown>), requirements };
    await writeTask(call, id, { script, ...stamps(call) });
    return { updated: 1, fields: wireFields({ 'script.requirements': requirements, ...stamps(call) }) };
  }),
];

/** Inserts a task of the caller and answers its id; throws 400/12 for a short name, 400/401 and 400/101 for unknown references. */
export async function createTask(
  scope: Scope,
  content: TaskContent & { name: string; type: string },
): Promise<string> {
  await checkReferences(scope, content);
  // The SDK writes into the `script` of tasks that it made without one: Dataset.create and Task.set_script do.
  const changes = taskChanges({ ...content, script: content.script ?? {} });
  return insertTask(scope, { ...changes, name: taskName(content.name), type: content.type });
}

/** Inserts a task of the caller in status `created` with these columns. */
export async function insertTask(scope: Scope, fields: NewTask): Promise<string> {
  const task = newTask(scope, fields);
  await scope.db
    .insertInto('tasks')
    .values({ ...task, ...columnValues(fields) })
    .execute();
  return task.id;
}

async function checkReferences(scope: Scope, content: TaskContent): Promise<void> {
  if (content.project) await requireWritableProject(scope, content.project);
  const parent = content.parent;
  if (parent && !(await findTask(scope, parent)))
    throw new ClearmlError('invalid_task_id', `parent=${parent}`);
}

/**
 * Whether a stored task has what a run needs.
 *
 * @throws ClearmlError 400/401 for a project and 400/101 for a parent that are gone, 400/201 for an unknown input model, 400/202
 *   for one that is not ready
 */
export async function validateTask(scope: Scope, task: TaskRow): Promise<void> {
  const parent = task.parent?.startsWith(deletedParent) ? undefined : (task.parent ?? undefined);
  await checkReferences(scope, { project: task.project ?? undefined, parent });
  const { input } = task.models as unknown as TaskModels;
  const ids = input.map(({ model }) => model);
  const { rows } = await sql<{ id: string; ready: boolean }>`
    SELECT id, ready FROM models WHERE id = ANY(${ids}::text[]) AND ${readable(scope, 'models')}`.execute(
    scope.db,
  );
  const ready = new Map(rows.map((model) => [model.id, model.ready]));
  for (const id of ids) {
    if (!ready.has(id)) throw new ClearmlError('invalid_model_id', `models.input: id=${id}`);
    if (!ready.get(id)) throw new ClearmlError('model_not_ready', `models.input: id=${id}`);
  }
}

/** Columns for the given content. Execution, script and output merge into what is there; maps are replaced whole. */
function taskChanges(content: TaskContent, before?: TaskRow): TaskChanges {
  const { name, type, comment, tags, system_tags, container, runtime } = content;
  const changes: TaskChanges = { type, comment, tags, system_tags, container, runtime };
  if (name !== undefined) changes.name = taskName(name);
  if (content.project !== undefined) changes.project = content.project || null;
  if (content.parent !== undefined) changes.parent = content.parent || null;
  if (content.script) changes.script = merged(before?.script, trimmedScript({ ...content.script }));
  if (content.output_dest !== undefined)
    changes.output = merged(before?.output, { destination: content.output_dest });
  if (content.hyperparams) changes.hyperparams = completeHyperparams(content.hyperparams);
  if (content.configuration) changes.configuration = completeConfiguration(content.configuration);
  if (content.models) changes.models = completeModels(content.models);
  if (content.execution) Object.assign(changes, executionChanges(content.execution, before));
  return changes;
}

/** Artifacts are a part of `execution` on the wire and a column of their own here. */
function executionChanges(given: object, before?: TaskRow): TaskChanges {
  const { artifacts, ...execution } = given as { artifacts?: Parameters<typeof artifactMap>[0] };
  return {
    execution: merged(before?.execution, execution),
    ...(artifacts && { artifacts: artifactMap(artifacts) }),
  };
}

function merged(before: unknown, given: object): Record<string, unknown> {
  return { ...((before ?? {}) as Record<string, unknown>), ...given };
}

/** Changed fields as the wire names them. */
function answered({ artifacts: _artifacts, ...changes }: TaskChanges): TaskChanges {
  return Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));
}
