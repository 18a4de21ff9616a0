import type { EndpointMappingInput, MachineMappingInput, TaskMappingInput } from '@arno/protocol';
import type { Scope } from '../../clearml/endpoint.ts';
import { sha256 } from '../../platform/ids.ts';
import { findQueueByName } from '../queues/index.ts';
import { findTask } from '../tasks/index.ts';
import { type AddressRules, checkBaseUrl } from './addresses.ts';
import { firstFree, slug } from './aliases.ts';
import { MappingError } from './errors.ts';
import * as store from './store.ts';

// Creating and updating share one rule each: an update checks the whole mapping as it will be. All throw MappingError.

const defaultDeadlineMs = 30_000;

/** Publishes a template task under its public id and an alias. Answers the mapping's id. */
export async function createTaskMapping(scope: Scope, input: TaskMappingInput): Promise<string> {
  return store.insert(scope, 'task_mappings', await taskMapping(scope, input));
}

/** Whether there is such a mapping; it has the changes then. */
export async function updateTaskMapping(
  scope: Scope,
  id: string,
  changes: Partial<TaskMappingInput>,
): Promise<boolean> {
  const row = await store.lock(scope, 'task_mappings', id);
  if (!row) return false;
  const { task_id, default_queue, alias, description, image } = row;
  const before = { task_id, default_queue, alias, description, image: image ?? '' };
  return store.update(scope, 'task_mappings', id, await taskMapping(scope, { ...before, ...changes }));
}

async function taskMapping(scope: Scope, input: TaskMappingInput) {
  const { task_id, default_queue, description = '' } = input;
  const task = await existingTask(scope, 'task_id', task_id);
  // A queue is not made here: a mistyped name would make one that no agent listens to, and calls would wait for ever.
  if (!(await findQueueByName(scope, default_queue))) {
    throw new MappingError('invalid', 'default_queue', `default_queue: there is no queue ${default_queue}`);
  }
  const alias = input.alias ?? (await freeAlias(scope, 'task_mappings', task.name));
  return {
    task_id,
    public_id: sha256(task_id),
    alias,
    default_queue,
    description,
    image: input.image || null,
  };
}

/** Publishes one model of a serving task under the serving task's public id and an alias. Answers the mapping's id. */
export async function createEndpointMapping(scope: Scope, input: EndpointMappingInput): Promise<string> {
  return store.insert(scope, 'endpoint_mappings', await endpointMapping(scope, input));
}

/** Whether there is such a mapping; it has the changes then. */
export async function updateEndpointMapping(
  scope: Scope,
  id: string,
  changes: Partial<EndpointMappingInput>,
): Promise<boolean> {
  const row = await store.lock(scope, 'endpoint_mappings', id);
  if (!row) return false;
  const { serving_task_id, endpoint, alias, description, deadline_ms } = row;
  const before = { serving_task_id, endpoint, alias, description, deadline_ms };
  return store.update(
    scope,
    'endpoint_mappings',
    id,
    await endpointMapping(scope, { ...before, ...changes }),
  );
}

async function endpointMapping(scope: Scope, input: EndpointMappingInput) {
  const { serving_task_id, endpoint, description = '', deadline_ms = defaultDeadlineMs } = input;
  await existingTask(scope, 'serving_task_id', serving_task_id);
  if (endpoint.split('/').some((part) => part === '' || part === '.' || part === '..')) {
    throw new MappingError('invalid', 'endpoint', 'endpoint must be a plain path such as digits or digits/2');
  }
  const alias = input.alias ?? (await freeAlias(scope, 'endpoint_mappings', endpoint));
  return { serving_task_id, public_id: sha256(serving_task_id), endpoint, alias, description, deadline_ms };
}

/** Registers the address of a machine that carries a serving task. Answers the mapping's id. */
export async function createMachineMapping(
  scope: Scope,
  rules: AddressRules,
  input: MachineMappingInput,
): Promise<string> {
  return store.insert(scope, 'machine_mappings', await machineMapping(scope, rules, input));
}

/** Whether there is such a mapping; it has the changes then. */
export async function updateMachineMapping(
  scope: Scope,
  rules: AddressRules,
  id: string,
  changes: Partial<MachineMappingInput>,
): Promise<boolean> {
  const row = await store.lock(scope, 'machine_mappings', id);
  if (!row) return false;
  const { serving_task_id, base_url, description } = row;
  const after = { serving_task_id, base_url, description, ...changes };
  return store.update(scope, 'machine_mappings', id, await machineMapping(scope, rules, after));
}

async function machineMapping(scope: Scope, rules: AddressRules, input: MachineMappingInput) {
  const { serving_task_id, description = '' } = input;
  await existingTask(scope, 'serving_task_id', serving_task_id);
  const base_url = checkBaseUrl(input.base_url, rules);
  return { serving_task_id, public_id: sha256(serving_task_id), base_url, description };
}

async function existingTask(scope: Scope, field: string, id: string) {
  const task = await findTask(scope, id);
  if (!task) throw new MappingError('invalid', field, `${field}: there is no task ${id}`);
  return task;
}

async function freeAlias(scope: Scope, table: 'task_mappings' | 'endpoint_mappings', name: string) {
  const wanted = slug(name);
  return firstFree(wanted, await store.aliases(scope, table, wanted));
}
