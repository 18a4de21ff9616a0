import { type Call, type Endpoint, write } from '../../clearml/endpoint.ts';
import { ClearmlError } from '../../clearml/errors.ts';
import { wireFields } from '../../clearml/wire.ts';
import { createModel, lockModel, type ModelProperties, updateModel } from './store.ts';
import type { ModelTask, ModelTasks } from './tasks.ts';

/** The name under which clients before 2.13, which knew one output model a task, find it. */
const outputName = 'Output Model';

interface Links {
  input: { model: string }[];
  output: { model: string; name: string }[];
}

/** How SDKs before 2.13 registered a task's output model; later ones create it and link it. */
export function updateForTaskEndpoints(tasks: ModelTasks): Endpoint[] {
  return [
    write('models.update_for_task', async (call, request) => {
      const { task: taskId, uri, override_model_id: override, iteration } = request;
      if ((uri === undefined) === (override === undefined))
        throw new ClearmlError('missing_required_fields', 'exactly one of uri and override_model_id');
      const task = await tasks.lockTask(call, taskId);
      if (task.status !== 'created' && task.status !== 'in_progress')
        throw new ClearmlError(
          'invalid_task_status',
          `task ${taskId} is ${task.status}, expected in_progress`,
        );
      const { name, comment, tags, system_tags } = request;
      const properties = { name, comment, tags, system_tags, uri };
      const found = override ?? (task.models as Links).output.at(-1)?.model;
      const answer = found
        ? { id: found, created: false, ...(await change(call, found, properties)) }
        : { id: await create(call, task, properties), created: true };
      const link = { name: outputName, model: answer.id, type: 'output' as const };
      await tasks.addTaskModel(call, taskId, { ...link, ...(iteration !== undefined && { iteration }) });
      return answer;
    }),
  ];
}

async function change(call: Call, id: string, properties: ModelProperties) {
  const model = await lockModel(call, id);
  if (model.ready && properties.uri !== undefined)
    throw new ClearmlError('model_is_ready', `the uri of a published model stays; model=${id}`);
  return { updated: 1, fields: wireFields(await updateModel(call, id, properties)) };
}

async function create(call: Call, task: ModelTask, properties: ModelProperties): Promise<string> {
  const parent = (task.models as Links).input.at(-1)?.model;
  return createModel(call, {
    ...properties,
    name: properties.name ?? task.name,
    uri: properties.uri ?? '',
    project: task.project ?? undefined,
    task: task.id,
    parent,
  });
}
