import { type Endpoint, type Scope, write } from '../../clearml/endpoint.ts';
import { forEachId } from '../../clearml/many.ts';
import { wireFields } from '../../clearml/wire.ts';
import type { TaskRow } from './entity.ts';
import { meansSteps, pipelineSteps } from './pipeline-steps.ts';
import { changeStatus, ended } from './status.ts';
import { lockTask, stamps, type TaskChanges, writeTask } from './store.ts';

interface StopRequest {
  force?: boolean;
  status_reason?: string;
}

/** A worker that has not reported for this long no longer runs its task. */
const workerSilenceMs = 600_000;

export const stopEndpoints: Endpoint[] = [
  write('tasks.stop', async (call, { task, ...request }) =>
    stop(call, task, request, meansSteps(call, request)),
  ),

  write('tasks.stop_many', async (call, { ids, ...request }) =>
    forEachId(call, ids, (id) => stop(call, id, request, meansSteps(call, request))),
  ),
];

/** Stops a task that the caller may change: asks its worker to, when it has one. */
export async function stop(scope: Scope, id: string, request: StopRequest, withSteps: boolean) {
  const task = await lockTask(scope, id);
  const fields = await stopTask(scope, task, request);
  for (const stepId of withSteps ? await pipelineSteps(scope, task) : []) {
    const step = await lockTask(scope, stepId);
    if (step.status === 'queued' || step.status === 'in_progress') await stopTask(scope, step, request);
  }
  return { updated: 1, fields: wireFields(fields) };
}

/**
 * Asks a locked task to stop. One that nobody runs is stopped at once; one on a worker is told through its `status_message`,
 * which its agent and the SDK watch.
 *
 * @throws ClearmlError 400/121 for a task that has ended in another way, or never ran, unless forced
 */
async function stopTask(scope: Scope, task: TaskRow, request: StopRequest): Promise<TaskChanges> {
  const { status_reason: reason, force } = request;
  if (isRunByWorker(scope, task)) {
    const fields = { status_message: 'stopping', status_reason: reason ?? '', ...stamps(scope) };
    await writeTask(scope, task.id, fields);
    return { status: task.status, ...fields };
  }
  return changeStatus(scope, task, {
    status: 'stopped',
    reason,
    message: `Stopped by ${scope.caller.userName}`,
    force,
    changes: ended(scope, task),
  });
}

function isRunByWorker(scope: Scope, task: TaskRow): boolean {
  const ownProcess = task.system_tags.includes('development');
  if (task.status !== 'in_progress' || ownProcess || !task.last_worker_report) return false;
  return scope.now.getTime() - task.last_worker_report.getTime() < workerSilenceMs;
}
