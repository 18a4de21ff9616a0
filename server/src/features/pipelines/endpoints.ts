import { type Endpoint, type Scope, write } from '../../clearml/endpoint.ts';
import { ClearmlError } from '../../clearml/errors.ts';
import { forEachId } from '../../clearml/many.ts';
import { requireProject } from '../projects/index.ts';
import { enqueueTask, isWatched } from '../queues/index.ts';
import { cloneTask, deleteTask, findTask, type Hyperparams } from '../tasks/index.ts';
import { nextRunName, runNames, runsIn } from './runs.ts';

/** Where a pipeline's controller reads its arguments. */
const argumentsSection = 'Args';

export const pipelinesEndpoints: Endpoint[] = [
  write('pipelines.start_pipeline', async (call, request) => {
    const pipeline = await startRun(call, request.task, request.args ?? []);
    const { queue } = await enqueueTask(call, pipeline, { queueId: request.queue });
    const watched = request.verify_watched_queue && { queue_watched: await isWatched(call, queue.id) };
    return { pipeline, enqueued: true, ...watched };
  }),

  write('pipelines.delete_runs', async (call, { ids, project }) => {
    await requireProject(call, project);
    const runs = new Set(await runsIn(call, project));
    const deleted = new Set(ids.filter((id) => runs.has(id)));
    // A pipeline is its runs: without any there would be nothing to start again.
    if (deleted.size > 0 && deleted.size === runs.size)
      throw new ClearmlError(
        'cannot_remove_all_runs',
        `project ${project} has no others; delete the project instead`,
      );
    return forEachId(call, ids, async (id) => {
      if (!runs.has(id)) throw new ClearmlError('invalid_task_id', `${id} is no run in project ${project}`);
      return deleteTask(call, id, { force: true, delete_external_artifacts: true }, true);
    });
  }),
];

/** A new run from an earlier one, with these arguments in place of the earlier ones; answers its id. */
async function startRun(
  scope: Scope,
  taskId: string,
  args: readonly { name?: string; value?: string }[],
): Promise<string> {
  const source = await findTask(scope, taskId);
  if (!source) throw new ClearmlError('invalid_task_id', `id=${taskId}`);
  const before = source.hyperparams as unknown as Hyperparams;
  const given = args.map(({ name, value = '' }) => {
    if (!name) throw new ClearmlError('validation_error', 'args: each argument needs a name');
    return [name, { ...before[argumentsSection]?.[name], section: argumentsSection, name, value }] as const;
  });
  const section = { ...before[argumentsSection], ...Object.fromEntries(given) };
  const { id } = await cloneTask(scope, taskId, {
    name: nextRunName(source.name, await runNames(scope, source)),
    ...(given.length > 0 && { hyperparams: { ...before, [argumentsSection]: section } }),
  });
  return id;
}
