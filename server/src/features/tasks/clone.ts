import { type Endpoint, type Scope, write } from '../../clearml/endpoint.ts';
import { ClearmlError } from '../../clearml/errors.ts';
import { readable } from '../../clearml/rights.ts';
import { ensureProject, requireWritableProject } from '../projects/index.ts';
import { fromLegacy } from './compatibility.ts';
import { completeConfiguration, completeHyperparams, taskName } from './content.ts';
import { insertTask, type TaskContent } from './edit.ts';
import type { Artifacts, Hyperparams, TaskModels, TaskRow } from './entity.ts';
import { deletedParent, findTask, type NewTask } from './store.ts';

export interface CloneOverrides {
  name?: string | undefined;
  comment?: string | undefined;
  project?: string | undefined;
  parent?: string | undefined;
  tags?: string[] | undefined;
  system_tags?: string[] | undefined;
  hyperparams?: Hyperparams | undefined;
  configuration?: unknown;
  execution?: object | undefined;
  container?: Record<string, unknown> | undefined;
  input_models?: unknown[] | undefined;
}

export const cloneEndpoints: Endpoint[] = [
  write('tasks.clone', async (call, request) => {
    const given: TaskContent = {
      execution: request.execution_overrides,
      hyperparams: request.new_task_hyperparams,
      configuration: request.new_task_configuration,
      models: request.new_task_input_models && { input: request.new_task_input_models },
      container: request.new_task_container,
    };
    const { execution, hyperparams, configuration, models, container } = fromLegacy(given);
    const name = request.new_project_name;
    const project = name ? await ensureProject(call, name) : request.new_task_project;
    const clone = await cloneTask(call, request.task, {
      name: request.new_task_name,
      comment: request.new_task_comment,
      tags: request.new_task_tags,
      system_tags: request.new_task_system_tags,
      parent: request.new_task_parent,
      project,
      hyperparams: hyperparams && completeHyperparams(hyperparams),
      configuration: configuration && completeConfiguration(configuration),
      execution,
      container,
      input_models: models?.input,
    });
    return { id: clone.id, ...(name && { new_project: { id: project, name } }) };
  }),
];

/**
 * Makes a draft from another task: what that one was given is copied, what it produced is not; overrides replace.
 *
 * @throws ClearmlError 400/101 for an unknown source
 */
export async function cloneTask(
  scope: Scope,
  sourceId: string,
  overrides: CloneOverrides = {},
): Promise<{ id: string; name: string }> {
  const source = await findTask(scope, sourceId);
  if (!source) throw new ClearmlError('invalid_task_id', `id=${sourceId}`);
  if (overrides.project) await requireWritableProject(scope, overrides.project);
  if (overrides.parent && !(await findTask(scope, overrides.parent)))
    throw new ClearmlError('invalid_task_id', `parent=${overrides.parent}`);
  const fields = cloneContent(source, overrides);
  return { id: await insertTask(scope, fields), name: fields.name };
}

/** Columns of a task that its clones are made from. */
const sourceColumns = [
  'id',
  'company',
  'user_id',
  'name',
  'type',
  'comment',
  'project',
  'parent',
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
export type CloneSource = Pick<TaskRow, (typeof sourceColumns)[number]>;

/** The task as far as clones are made from it, if the caller may see it. */
export function selectCloneSource(scope: Scope, id: string) {
  return scope.db
    .selectFrom('tasks')
    .select(sourceColumns)
    .where('id', '=', id)
    .where(readable(scope, 'tasks'));
}

/** What the clone of a task is made of. */
export function cloneContent(source: CloneSource, overrides: CloneOverrides) {
  return {
    name: taskName(overrides.name ?? source.name),
    type: source.type,
    comment: overrides.comment ?? source.comment,
    project: overrides.project ?? source.project,
    parent: overrides.parent ?? (deleted(source.parent) ? source.id : source.parent),
    tags: overrides.tags ?? source.tags,
    system_tags: overrides.system_tags ?? source.system_tags.filter((tag) => !ownTags.has(tag)),
    hyperparams: overrides.hyperparams ?? source.hyperparams,
    configuration: overrides.configuration ?? source.configuration,
    container: overrides.container ?? source.container,
    script: source.script ?? undefined,
    ...clonedParts(source, overrides),
  } satisfies NewTask;
}

/** No parent, or one that is gone. */
function deleted(parent: string | null): boolean {
  return parent === null || parent.startsWith(deletedParent);
}

/** Tags of the source's own state. */
const ownTags = new Set(['development', 'archived']);

function clonedParts(source: CloneSource, overrides: CloneOverrides) {
  const { queue: _queue, ...execution } = source.execution as Record<string, unknown>;
  const { destination } = source.output as { destination?: string };
  const { input } = source.models as unknown as TaskModels;
  const artifacts = Object.entries(source.artifacts as unknown as Artifacts);
  return {
    execution: { ...execution, ...overrides.execution },
    output: destination === undefined ? {} : { destination },
    models: { input: overrides.input_models ?? input, output: [] },
    artifacts: Object.fromEntries(artifacts.filter(([, { mode }]) => mode === 'input')),
  };
}
