import type { Scope } from '../../clearml/endpoint.ts';
import type { AddressRules } from '../../platform/addresses.ts';
import { storable } from '../../platform/database.ts';
import { sha256 } from '../../platform/ids.ts';
import { checkBaseUrl } from './addresses.ts';
import { freeAlias, type TaskSource } from './common.ts';
import { plainEndpoint, withoutSlashes } from './endpoint-mappings.ts';
import { MappingError } from './errors.ts';
import * as store from './store.ts';

// Mappings of an older system. Their tasks and queues need not exist yet: callers know the public ids, and the task may come later.

/** What became of an imported mapping: it is new, or it was there and stays as it is; and what a person should know. */
export interface Imported {
  isNew: boolean;
  notes: string[];
}

export interface ImportedTask {
  /** As callers know it; empty where the older system noted none. */
  publicId: string;
  taskId: string;
  queue: string;
  description: string;
}

/** @throws MappingError for a value that no mapping can have */
export async function importTaskMapping(
  scope: Scope,
  tasks: TaskSource,
  given: ImportedTask,
): Promise<Imported> {
  const { taskId, queue } = given;
  const description = storable(given.description);
  requireText('default_queue', queue);
  const { task, notes } = await lookUp(scope, tasks, taskId);
  const isKnown = await keepPublicId(scope, given.publicId, taskId, notes);
  if (!(await tasks.findQueue(scope, queue))) notes.push(`there is no queue ${queue} yet`);
  const [before] = await store.mappingsOf(scope, 'task_mappings', taskId);
  if (before) {
    if (before.default_queue !== queue) notes.push(`its default queue stays ${before.default_queue}`);
    return { isNew: isKnown, notes };
  }
  await store.insert(scope, 'task_mappings', {
    task_id: taskId,
    public_id: sha256(taskId),
    alias: await freeAlias(
      scope,
      'task_mappings',
      task?.name ?? (description || `task ${taskId.slice(0, 8)}`),
    ),
    default_queue: queue,
    description,
  });
  return { isNew: true, notes };
}

export interface ImportedEndpoint {
  publicId: string;
  servingTaskId: string;
  endpoint: string;
  description: string;
}

/** @throws MappingError for a value that no mapping can have */
export async function importEndpointMapping(
  scope: Scope,
  tasks: TaskSource,
  given: ImportedEndpoint,
): Promise<Imported> {
  const { servingTaskId } = given;
  const endpoint = withoutSlashes(given.endpoint);
  requireText('endpoint', endpoint);
  plainEndpoint(endpoint);
  const { notes } = await lookUp(scope, tasks, servingTaskId);
  if (endpoint !== given.endpoint)
    notes.push(`it is ${endpoint} here; callers may name it with slashes around it`);
  const isKnown = await keepPublicId(scope, given.publicId, servingTaskId, notes);
  const mappings = await store.mappingsOf(scope, 'endpoint_mappings', servingTaskId);
  if (mappings.some((mapping) => mapping.endpoint === endpoint)) return { isNew: isKnown, notes };
  await store.insert(scope, 'endpoint_mappings', {
    serving_task_id: servingTaskId,
    public_id: sha256(servingTaskId),
    endpoint,
    alias: await freeAlias(scope, 'endpoint_mappings', endpoint),
    description: storable(given.description),
  });
  return { isNew: true, notes };
}

export interface ImportedMachine {
  servingTaskId: string;
  baseUrl: string;
  description: string;
}

/** @throws MappingError for a value that no mapping can have, or an address that is not allowed */
export async function importMachineMapping(
  scope: Scope,
  tasks: TaskSource,
  rules: AddressRules,
  { servingTaskId, baseUrl, description }: ImportedMachine,
): Promise<Imported> {
  const base_url = checkBaseUrl(baseUrl, rules);
  const { notes } = await lookUp(scope, tasks, servingTaskId);
  const mappings = await store.mappingsOf(scope, 'machine_mappings', servingTaskId);
  if (mappings.some((mapping) => mapping.base_url === base_url)) return { isNew: false, notes };
  const public_id = sha256(servingTaskId);
  await store.insert(scope, 'machine_mappings', {
    serving_task_id: servingTaskId,
    public_id,
    base_url,
    description: storable(description),
  });
  return { isNew: true, notes };
}

async function lookUp(scope: Scope, tasks: TaskSource, id: string) {
  if (!/^[\w-]{1,200}$/.test(id)) {
    throw new MappingError('invalid', 'task_id', `${JSON.stringify(id.slice(0, 200))} is no task id`);
  }
  const task = await tasks.findTask(scope, id);
  return { task, notes: task ? [] : ['the task does not exist here yet: calls are refused until it does'] };
}

/** Whether a public id that is not the hash of the task id is kept from now on. */
async function keepPublicId(scope: Scope, given: string, taskId: string, notes: string[]): Promise<boolean> {
  const publicId = given.trim().toLowerCase();
  if (publicId === '' || publicId === sha256(taskId)) return false;
  requireText('public id', publicId);
  const { isNew, task } = await store.keepPublicId(scope, publicId, taskId);
  if (task !== taskId) {
    throw new MappingError(
      'conflict',
      'public id',
      `public id ${publicId} stands for the task ${task} already`,
    );
  }
  notes.push('its public id is not the hash of its task id, and is kept beside that');
  return isNew;
}

function requireText(field: string, text: string): void {
  const isText = text.trim() !== '' && text.length <= 200 && !/\p{Cc}/u.test(text);
  if (!isText)
    throw new MappingError('invalid', field, `${field} is empty, too long or has control characters`);
}
