import type { Scope } from '../../clearml/endpoint.ts';
import { json } from '../../platform/database.ts';
import { findQueueByName } from '../queues/index.ts';
import { findTask } from '../tasks/index.ts';
import { firstFree, slug } from './aliases.ts';
import { MappingError } from './errors.ts';
import { searchQueues, searchTasks, type TaskChoice, type TaskSearch } from './options.ts';
import * as store from './store.ts';

// Creating and updating share one rule each: an update checks the whole mapping as it will be. All throw MappingError.

/** Where the tasks and queues are that mappings name. */
export interface TaskSource {
  findTask(scope: Scope, id: string): Promise<{ id: string; name: string } | undefined>;
  findQueue(scope: Scope, name: string): Promise<{ id: string; name: string } | undefined>;
  /** Names of tasks that are not in this database, for lists; those that cannot be had are missing. */
  namesOf?(ids: readonly string[]): Promise<Map<string, string>>;
  /** Some tasks to choose from, the likeliest first. */
  searchTasks(scope: Scope, search: TaskSearch): Promise<TaskChoice[]>;
  /** Names of some queues to choose from. */
  searchQueues(scope: Scope, text: string): Promise<string[]>;
}

/** Those of this platform's own tracking server. */
export const ownTasks: TaskSource = { findTask, findQueue: findQueueByName, searchTasks, searchQueues };

/** The task that a field names. */
export async function existingTask(scope: Scope, tasks: TaskSource, field: string, id: string) {
  const task = await tasks.findTask(scope, id);
  if (!task) throw new MappingError('invalid', field, `${field}: there is no task ${id}`);
  return task;
}

/** An alias made from a name that nothing else has. */
export async function freeAlias(scope: Scope, table: 'task_mappings' | 'endpoint_mappings', name: string) {
  const wanted = slug(name);
  return firstFree(wanted, await store.aliases(scope, table, wanted));
}

/** A value for a jsonb column: SQL NULL, and not the JSON one, for what there is not. */
export function optionalJson(value: unknown) {
  return value === null || value === undefined ? null : json(value);
}
