import type { Call, Scope } from '../../clearml/endpoint.ts';
import { type Endpoint, write } from '../../clearml/endpoint.ts';
import { wireFields } from '../../clearml/wire.ts';
import { publishModels } from '../models/index.ts';
import type { TaskModels, TaskRow } from './entity.ts';
import { changeStatus, type Status, secondsActive } from './status.ts';
import { lockTask, removeFromQueues, stamps, type TaskChanges, writeTask } from './store.ts';

interface StatusRequest {
  task: string;
  force?: boolean;
  status_reason?: string;
  status_message?: string;
}

/** A worker that has not reported for this long no longer runs its task. */
const workerSilenceMs = 600_000;

export const lifecycleEndpoints: Endpoint[] = [
  write('tasks.started', async (call, request) => {
    const task = await lockTask(call, request.task);
    const first = task.started && task.started < call.now ? task.started : call.now;
    const answer = await moveTo('in_progress', call, task, request, { started: first });
    return { ...answer, started: 1 };
  }),

  write('tasks.completed', async (call, request) => {
    const task = await lockTask(call, request.task);
    const answer = await moveTo('completed', call, task, request, ended(call, task));
    if (!request.publish) return answer;
    const completed = await lockTask(call, task.id);
    return {
      ...answer,
      ...(await publish(call, completed, { ...request, publish_model: true })),
      published: 1,
    };
  }),

  write('tasks.stopped', async (call, request) => {
    const task = await lockTask(call, request.task);
    return moveTo('stopped', call, task, request, ended(call, task));
  }),

  write('tasks.failed', async (call, request) => {
    const task = await lockTask(call, request.task);
    return moveTo('failed', call, task, request, { active_duration: secondsActive(call, task) });
  }),

  write('tasks.stop', async (call, request) => {
    return { updated: 1, fields: wireFields(await stopTask(call, request.task, request)) };
  }),

  write('tasks.publish', async (call, request) => {
    const { updated, fields } = await publish(call, await lockTask(call, request.task), request);
    return { updated, fields };
  }),

  write('tasks.ping', async (call, { task: id }) => {
    const task = await lockTask(call, id);
    await writeTask(call, task.id, { last_update: call.now });
    return {};
  }),
];

async function moveTo(
  status: Status,
  call: Call,
  task: TaskRow,
  request: StatusRequest,
  changes: TaskChanges,
) {
  const { status_reason: reason, status_message: message, force } = request;
  const fields = await changeStatus(call, task, { status, reason, message, force, changes });
  return { updated: 1, fields: wireFields(fields) };
}

function ended(scope: Scope, task: TaskRow): TaskChanges {
  return { completed: scope.now, active_duration: secondsActive(scope, task) };
}

/**
 * Asks a task to stop. One that nobody runs is stopped at once; a running one is told through its `status_message`, which its
 * agent and the SDK watch.
 */
async function stopTask(
  scope: Scope,
  id: string,
  request: { force?: boolean; status_reason?: string } = {},
): Promise<TaskChanges> {
  const task = await lockTask(scope, id);
  const { status_reason: reason, force } = request;
  if (!isRunByWorker(scope, task)) {
    await removeFromQueues(scope, id);
    const message = `Stopped by ${scope.caller.userName}`;
    return changeStatus(scope, task, {
      status: 'stopped',
      reason,
      message,
      force,
      changes: ended(scope, task),
    });
  }
  const fields = {
    status_message: 'stopping',
    status_reason: reason ?? task.status_reason,
    ...stamps(scope),
  };
  await writeTask(scope, id, fields);
  return fields;
}

function isRunByWorker(scope: Scope, task: TaskRow): boolean {
  if (task.status !== 'in_progress' || task.system_tags.includes('development') || !task.last_worker_report)
    return false;
  return scope.now.getTime() - task.last_worker_report.getTime() < workerSilenceMs;
}

async function publish(scope: Scope, task: TaskRow, request: StatusRequest & { publish_model?: boolean }) {
  const { status_reason: reason, status_message: message, force } = request;
  const { output } = task.models as unknown as TaskModels;
  const last = output.at(-1);
  if (last && request.publish_model !== false) await publishModels(scope, [last.model]);
  const changes = { published: scope.now };
  const fields = await changeStatus(scope, task, { status: 'published', reason, message, force, changes });
  return { updated: 1, fields: wireFields(fields) };
}
