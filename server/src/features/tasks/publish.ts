import { type Endpoint, type Scope, write } from '../../clearml/endpoint.ts';
import { forEachId } from '../../clearml/many.ts';
import { wireFields } from '../../clearml/wire.ts';
import { publishModels } from '../models/index.ts';
import type { TaskModels } from './entity.ts';
import { changeStatus } from './status.ts';
import { lockTask } from './store.ts';

interface PublishRequest {
  force?: boolean;
  publish_model?: boolean;
  status_reason?: string;
  status_message?: string;
}

export const publishEndpoints: Endpoint[] = [
  write('tasks.publish', async (call, { task, ...request }) => publishTask(call, task, request)),

  write('tasks.publish_many', async (call, { ids, ...request }) =>
    forEachId(call, ids, (id) => publishTask(call, id, request)),
  ),
];

/**
 * Makes a task unchangeable, and its last output model with it unless told otherwise.
 *
 * @throws ClearmlError 400/121 for a task that has not ended
 */
export async function publishTask(scope: Scope, id: string, request: PublishRequest) {
  const task = await lockTask(scope, id);
  const { status_reason: reason, status_message: message, force } = request;
  const changes = { published: task.published ?? scope.now };
  const fields = await changeStatus(scope, task, { status: 'published', reason, message, force, changes });
  const last = (task.models as unknown as TaskModels).output.at(-1);
  if (last && request.publish_model !== false) await publishModels(scope, [last.model]);
  return { updated: 1, fields: wireFields(fields) };
}
