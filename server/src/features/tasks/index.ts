import type { Endpoint } from '../../clearml/endpoint.ts';
import { archiveEndpoints } from './archive.ts';
import { cloneEndpoints } from './clone.ts';
import { configurationEndpoints } from './configuration.ts';
import { editEndpoints } from './edit.ts';
import { hyperparamsEndpoints } from './hyperparams.ts';
import { lifecycleEndpoints } from './lifecycle.ts';
import { listEndpoints } from './list.ts';
import { organizeEndpoints } from './organize.ts';
import { outputsEndpoints } from './outputs.ts';
import { publishEndpoints } from './publish.ts';
import { removalEndpoints } from './removal.ts';
import { resetEndpoints } from './reset.ts';
import { stopEndpoints } from './stop.ts';
import { updateEndpoints } from './update.ts';

export {
  type CloneOverrides,
  type CloneSource,
  cloneContent,
  cloneTask,
  selectCloneSource,
} from './clone.ts';
export { taskName } from './content.ts';
export { createTask, validateTask } from './edit.ts';
export { type Artifacts, type Hyperparams, type TaskModels, type TaskRow, tasks } from './entity.ts';
export { addTaskModel } from './outputs.ts';
export { publishTask } from './publish.ts';
export {
  countTasks,
  isTaskPlace,
  listTasks,
  mergeTaskNames,
  type TaskFilter,
  type TaskListRow,
  type TaskPlace,
  taskChoices,
} from './queries.ts';
export { deleteTask } from './removal.ts';
export { changeStatus, ended, type Status, secondsActive } from './status.ts';
export { stop as stopTask } from './stop.ts';
export {
  findTask,
  insertTasks,
  lockTask,
  newTask,
  removeFromQueues,
  stamps,
  type TaskChanges,
  type WholeTask,
  writeTask,
} from './store.ts';

export const tasksEndpoints: Endpoint[] = [
  ...listEndpoints,
  ...editEndpoints,
  ...updateEndpoints,
  ...cloneEndpoints,
  ...lifecycleEndpoints,
  ...stopEndpoints,
  ...publishEndpoints,
  ...resetEndpoints,
  ...archiveEndpoints,
  ...removalEndpoints,
  ...organizeEndpoints,
  ...hyperparamsEndpoints,
  ...configurationEndpoints,
  ...outputsEndpoints,
];
