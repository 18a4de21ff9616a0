import { type Endpoint, type Scope, write } from '../../clearml/endpoint.ts';
import { ClearmlError } from '../../clearml/errors.ts';
import { forEachId } from '../../clearml/many.ts';
import type { Document } from '../../clearml/wire.ts';
import { lockModel, publishModels } from './store.ts';
import { type ModelTasks, taskStatus } from './tasks.ts';

/** Publishing a model also publishes the task that made it, unless told otherwise. */
export function publishingEndpoints(tasks: ModelTasks): Endpoint[] {
  return [
    write('models.set_ready', async (call, { model, publish_task, force_publish_task }) => {
      const options = { publishTask: publish_task, force: force_publish_task };
      return { updated: 1, ...(await publish(call, tasks, model, options)) };
    }),

    write('models.publish_many', async (call, { ids, publish_tasks, force_publish_task }) => {
      const options = { publishTask: publish_tasks, force: force_publish_task };
      return forEachId(call, ids, async (id) => ({
        updated: true,
        ...(await publish(call, tasks, id, options)),
      }));
    }),
  ];
}

interface PublishOptions {
  publishTask?: boolean | undefined;
  force?: boolean | undefined;
}

interface Published {
  published_task?: { id: string; data: { updated: number; fields: Document } };
}

/** Throws 400/203 for a model that is published, and 400/121 when its task has not ended and the publication is not forced. */
async function publish(
  scope: Scope,
  tasks: ModelTasks,
  id: string,
  { publishTask = true, force = false }: PublishOptions,
): Promise<Published> {
  const model = await lockModel(scope, id);
  if (model.ready) throw new ClearmlError('model_is_ready', `id=${id}`);
  await publishModels(scope, [id]);
  const status = publishTask && model.task ? await taskStatus(scope, model.task) : undefined;
  if (!model.task || status === undefined || status === 'published') return {};
  const data = await tasks.publishTask(scope, model.task, { force, publish_model: false });
  return { published_task: { id: model.task, data } };
}
