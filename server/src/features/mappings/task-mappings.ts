import type { TaskMappingInput } from '@arno/protocol';
import { type Selectable, sql } from 'kysely';
import type { Scope } from '../../clearml/endpoint.ts';
import { sha256 } from '../../platform/ids.ts';
import type { DB } from '../../platform/schema.ts';
import { recordChange } from '../audit/index.ts';
import { projectName } from '../projects/index.ts';
import { existingTask, freeAlias, optionalJson, ownTasks, type TaskSource } from './common.ts';
import { MappingError } from './errors.ts';
import { checkInputSchema } from './input-schema.ts';
import { checkedRights, rightsOf } from './rights.ts';
import * as store from './store.ts';

/** Publishes a template task under its public id and an alias. Answers the mapping's id. */
export async function createTaskMapping(
  scope: Scope,
  input: TaskMappingInput,
  tasks: TaskSource = ownTasks,
): Promise<string> {
  return store.insert(scope, 'task_mappings', await taskMapping(scope, tasks, input));
}

/** Whether there is such a mapping; it has the changes then. */
export async function updateTaskMapping(
  scope: Scope,
  id: string,
  changes: Partial<TaskMappingInput>,
  tasks: TaskSource = ownTasks,
): Promise<boolean> {
  const row = await store.lock(scope, 'task_mappings', id);
  if (!row) return false;
  const after = await taskMapping(scope, tasks, { ...inputOf(row), ...changes });
  await store.update(scope, 'task_mappings', row, after);
  return true;
}

/** A row as the input that would make it. */
export function inputOf(row: Selectable<DB['task_mappings']>): TaskMappingInput & { alias: string } {
  const { task_id, default_queue, alias, description, queues, clone_tags, example } = row;
  return {
    ...{ task_id, default_queue, alias, description, queues, clone_tags, example },
    image: row.image ?? '',
    priority: row.priority === 'high' ? 'high' : 'normal',
    clone_project: row.clone_project ?? '',
    input_schema: row.input_schema as object | null,
    ...rightsOf(row),
  };
}

async function taskMapping(scope: Scope, tasks: TaskSource, input: TaskMappingInput) {
  const { task_id, default_queue, description = '', queues = null, priority = 'normal' } = input;
  const { clone_tags = [], input_schema, example } = input;
  const task = await existingTask(scope, tasks, 'task_id', task_id);
  await requireQueues(scope, tasks, 'default_queue', [default_queue]);
  await requireQueues(scope, tasks, 'queues', queues ?? []);
  checkInputSchema(input_schema, example);
  const alias = input.alias ?? (await freeAlias(scope, 'task_mappings', task.name));
  return {
    task_id,
    public_id: sha256(task_id),
    alias,
    default_queue,
    description,
    image: input.image || null,
    ...{ queues, priority, clone_tags },
    clone_project: input.clone_project ? checkedProject(input.clone_project) : null,
    input_schema: optionalJson(input_schema),
    example: optionalJson(example),
    ...(await checkedRights(scope, input)),
  };
}

/** A queue is not made here: a mistyped name would make one that no agent listens to, and calls would wait for ever. */
async function requireQueues(scope: Scope, tasks: TaskSource, field: string, names: string[]): Promise<void> {
  for (const name of names) {
    if (await tasks.findQueue(scope, name)) continue;
    throw new MappingError('invalid', field, `${field}: there is no queue ${name}`);
  }
}

function checkedProject(path: string): string {
  try {
    return projectName(path);
  } catch (error) {
    throw new MappingError('invalid', 'clone_project', `clone_project: ${(error as Error).message}`);
  }
}

/** What signs the callbacks of a mapping's calls; undefined when there is no such mapping. */
export async function callbackSecret({ db, caller }: Scope, id: string): Promise<string | undefined> {
  const row = await db
    .selectFrom('task_mappings')
    .select('callback_secret')
    .where('id', '=', id)
    .where('company', '=', caller.company)
    .executeTakeFirst();
  return row?.callback_secret;
}

/** Makes another one, which signs from now on, and answers it; undefined when there is no such mapping. */
export async function rotateCallbackSecret(scope: Scope, id: string): Promise<string | undefined> {
  const { db, caller } = scope;
  const row = await db
    .updateTable('task_mappings')
    .set({ callback_secret: sql`DEFAULT` })
    .where('id', '=', id)
    .where('company', '=', caller.company)
    .returning(['alias', 'callback_secret'])
    .executeTakeFirst();
  if (!row) return undefined;
  await recordChange(scope, { action: 'rotate', subject: 'callback_secret', id, name: row.alias });
  return row.callback_secret;
}
