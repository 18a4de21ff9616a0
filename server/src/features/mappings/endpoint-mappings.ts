import type { EndpointMappingInput } from '@arno/protocol';
import type { Scope } from '../../clearml/endpoint.ts';
import { sha256 } from '../../platform/ids.ts';
import { existingTask, freeAlias, optionalJson, ownTasks, type TaskSource } from './common.ts';
import { MappingError } from './errors.ts';
import { checkInputSchema } from './input-schema.ts';
import { findMapping } from './queries.ts';
import { checkedRights, rightsOf } from './rights.ts';
import * as store from './store.ts';

const defaultDeadlineMs = 30_000;

/** Publishes one model of a serving task under the serving task's public id and an alias. Answers the mapping's id. */
export async function createEndpointMapping(
  scope: Scope,
  input: EndpointMappingInput,
  tasks: TaskSource = ownTasks,
): Promise<string> {
  return store.insert(scope, 'endpoint_mappings', await endpointMapping(scope, tasks, input));
}

/** Whether there is such a mapping; it has the changes then. */
export async function updateEndpointMapping(
  scope: Scope,
  id: string,
  changes: Partial<EndpointMappingInput>,
  tasks: TaskSource = ownTasks,
): Promise<boolean> {
  const row = await store.lock(scope, 'endpoint_mappings', id);
  if (!row) return false;
  const { serving_task_id, endpoint, alias, description, deadline_ms } = row;
  const { max_request_bytes, max_answer_bytes, fallback_mapping_id, input_schema, example } = row;
  const before = {
    ...{ serving_task_id, endpoint, alias, description, deadline_ms },
    ...{ max_request_bytes, max_answer_bytes, example },
    fallback_mapping_id: fallback_mapping_id ?? '',
    input_schema: input_schema as object | null,
    ...rightsOf(row),
  };
  const after = await endpointMapping(scope, tasks, { ...before, ...changes });
  await store.update(scope, 'endpoint_mappings', row, after);
  return true;
}

/** A path as mappings have it. The lab's old gateway took one with slashes around it as well. */
export function withoutSlashes(path: string): string {
  let [start, end] = [0, path.length];
  while (path[start] === '/') start++;
  while (end > start && path[end - 1] === '/') end--;
  return path.slice(start, end);
}

/** @throws MappingError for a path that would lead elsewhere */
export function plainEndpoint(endpoint: string): void {
  if (endpoint.split('/').some((part) => part === '' || part === '.' || part === '..')) {
    throw new MappingError('invalid', 'endpoint', 'endpoint must be a plain path such as digits or digits/2');
  }
}

async function endpointMapping(scope: Scope, tasks: TaskSource, input: EndpointMappingInput) {
  const { serving_task_id, endpoint, description = '', deadline_ms = defaultDeadlineMs } = input;
  const { max_request_bytes = null, max_answer_bytes = null, input_schema, example } = input;
  await existingTask(scope, tasks, 'serving_task_id', serving_task_id);
  plainEndpoint(endpoint);
  const fallback_mapping_id = input.fallback_mapping_id || null;
  if (fallback_mapping_id && !(await findMapping(scope, 'task_mappings', fallback_mapping_id))) {
    const words = `fallback_mapping_id: there is no task mapping ${fallback_mapping_id}`;
    throw new MappingError('invalid', 'fallback_mapping_id', words);
  }
  checkInputSchema(input_schema, example);
  const alias = input.alias ?? (await freeAlias(scope, 'endpoint_mappings', endpoint));
  return {
    ...{ serving_task_id, public_id: sha256(serving_task_id), endpoint, alias, description, deadline_ms },
    ...{ max_request_bytes, max_answer_bytes, fallback_mapping_id },
    input_schema: optionalJson(input_schema),
    example: optionalJson(example),
    ...(await checkedRights(scope, input)),
  };
}
