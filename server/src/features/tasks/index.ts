import type { Endpoint } from '../../clearml/endpoint.ts';
import { cloneEndpoints } from './clone.ts';
import { editEndpoints } from './edit.ts';
import { hyperparamsEndpoints } from './hyperparams.ts';
import { lifecycleEndpoints } from './lifecycle.ts';
import { listEndpoints } from './list.ts';
import { outputsEndpoints } from './outputs.ts';
import { removalEndpoints } from './removal.ts';

export { type CloneOverrides, cloneTask } from './clone.ts';
export { createTask, type TaskContent } from './edit.ts';
export type { Artifact, Artifacts, Hyperparams, Parameter, TaskModels, TaskRow } from './entity.ts';
export { stopTask } from './lifecycle.ts';
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
