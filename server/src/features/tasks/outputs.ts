import { type Endpoint, type Scope, write } from '../../clearml/endpoint.ts';
import { wireDate } from '../../clearml/wire.ts';
import { artifactId, artifactMap } from './content.ts';
import type { Artifacts, TaskModels } from './entity.ts';
import { requireEditable } from './status.ts';
import { lockTask, stamps, writeTask } from './store.ts';

/** What a run produces and refers to: artifacts and models. */
export const outputsEndpoints: Endpoint[] = [
  write('tasks.add_or_update_artifacts', async (call, { task: id, artifacts, force }) => {
    const task = await lockTask(call, id);
    requireEditable(task, force);
    const merged = { ...(task.artifacts as unknown as Artifacts), ...artifactMap(artifacts) };
    await writeTask(call, id, { artifacts: merged, ...stamps(call) });
    return { updated: 1 };
  }),

  write('tasks.delete_artifacts', async (call, { task: id, artifacts, force }) => {
    const task = await lockTask(call, id);
    requireEditable(task, force);
    const deleted = new Set(artifacts.map(artifactId));
    const kept = Object.entries(task.artifacts as unknown as Artifacts).filter(([key]) => !deleted.has(key));
    await writeTask(call, id, { artifacts: Object.fromEntries(kept), ...stamps(call) });
    return { deleted: 1 };
  }),

  write('tasks.add_or_update_model', async (call, request) => {
    await addTaskModel(call, request.task, request);
    return { updated: 1 };
  }),

  write('tasks.delete_models', async (call, { task: id, models: links }) => {
    const task = await lockTask(call, id);
    const linked = task.models as unknown as TaskModels;
    const without = (type: 'input' | 'output') => {
      const names = new Set(links.filter((link) => link.type === type).map(({ name }) => name));
      return linked[type].filter(({ name }) => !names.has(name));
    };
    const models = { ...linked, input: without('input'), output: without('output') };
    await writeTask(call, id, { models, ...stamps(call) });
    return { updated: 1 };
  }),
];

/** Links a model to a task by name; the same name again replaces it, and moves it to the end, which is the latest. */
export async function addTaskModel(
  scope: Scope,
  taskId: string,
  link: { name: string; model: string; type: 'input' | 'output'; iteration?: number },
): Promise<void> {
  const task = await lockTask(scope, taskId);
  const models = task.models as unknown as TaskModels;
  const { name, model, type, iteration } = link;
  const others = models[type].filter((item) => item.name !== name);
  const updated = { ...models, [type]: [...others, { name, model, updated: wireDate(scope.now) }] };
  const last_iteration = iteration === undefined ? undefined : Math.max(task.last_iteration, iteration);
  await writeTask(scope, taskId, { models: updated, last_iteration, ...stamps(scope) });
}
