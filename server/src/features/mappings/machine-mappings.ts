import type { MachineMappingInput } from '@arno/protocol';
import type { Scope } from '../../clearml/endpoint.ts';
import type { AddressRules } from '../../platform/addresses.ts';
import { sha256 } from '../../platform/ids.ts';
import { checkBaseUrl, checkHealthPath } from './addresses.ts';
import { existingTask, ownTasks, type TaskSource } from './common.ts';
import * as store from './store.ts';

/** Registers the address of a machine that carries a serving task. Answers the mapping's id. */
export async function createMachineMapping(
  scope: Scope,
  rules: AddressRules,
  input: MachineMappingInput,
  tasks: TaskSource = ownTasks,
): Promise<string> {
  return store.insert(scope, 'machine_mappings', await machineMapping(scope, rules, tasks, input));
}

/** Whether there is such a mapping; it has the changes then. */
export async function updateMachineMapping(
  scope: Scope,
  rules: AddressRules,
  id: string,
  changes: Partial<MachineMappingInput>,
  tasks: TaskSource = ownTasks,
): Promise<boolean> {
  const row = await store.lock(scope, 'machine_mappings', id);
  if (!row) return false;
  const { serving_task_id, base_url, health_path, description } = row;
  const input = { serving_task_id, base_url, health_path: health_path ?? '', description, ...changes };
  await store.update(scope, 'machine_mappings', row, await machineMapping(scope, rules, tasks, input));
  return true;
}

async function machineMapping(
  scope: Scope,
  rules: AddressRules,
  tasks: TaskSource,
  input: MachineMappingInput,
) {
  const { serving_task_id, description = '' } = input;
  await existingTask(scope, tasks, 'serving_task_id', serving_task_id);
  const base_url = checkBaseUrl(input.base_url, rules);
  const health_path = checkHealthPath(input.health_path);
  return { serving_task_id, public_id: sha256(serving_task_id), base_url, health_path, description };
}
