import type { Endpoint } from '../../clearml/endpoint.ts';
import { cloneEndpoints } from './clone.ts';
import { editEndpoints } from './edit.ts';
import { hyperparamsEndpoints } from './hyperparams.ts';
import { lifecycleEndpoints } from './lifecycle.ts';
import { listEndpoints } from './list.ts';
import { outputsEndpoints } from './outputs.ts';
import { removalEndpoints } from './removal.ts';

export { cloneTask } from './clone.ts';
export { createTask } from './edit.ts';
export type { Artifacts, Hyperparams, TaskModels, TaskRow } from './entity.ts';
export { addTaskModel } from './outputs.ts';
export { changeStatus, type Status } from './status.ts';
export { findTask, lockTask, removeFromQueues, type TaskChanges } from './store.ts';

export const tasksEndpoints: Endpoint[] = [
  ...listEndpoints,
  ...editEndpoints,
  ...cloneEndpoints,
  ...lifecycleEndpoints,
  ...removalEndpoints,
  ...hyperparamsEndpoints,
  ...outputsEndpoints,
];
