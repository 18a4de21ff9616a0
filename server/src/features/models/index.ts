import type { Endpoint } from '../../clearml/endpoint.ts';
import { editEndpoints } from './edit.ts';
import { listEndpoints } from './list.ts';
import { publishingEndpoints } from './publishing.ts';
import { removalEndpoints } from './removal.ts';
import type { ModelTasks } from './tasks.ts';
import { updateForTaskEndpoints } from './update-for-task.ts';

export { models } from './entity.ts';
export { deleteDraftModels, deleteModel, disownModels } from './removal.ts';
export { createModel, findModels, publishModels } from './store.ts';

export function modelsEndpoints(tasks: ModelTasks): Endpoint[] {
  return [
    ...listEndpoints,
    ...editEndpoints,
    ...removalEndpoints,
    ...publishingEndpoints(tasks),
    ...updateForTaskEndpoints(tasks),
  ];
}
