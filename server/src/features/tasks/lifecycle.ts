import { type Call, type Endpoint, write } from '../../clearml/endpoint.ts';
import { wireFields } from '../../clearml/wire.ts';
import type { TaskRow } from './entity.ts';
import { publishTask } from './publish.ts';
import { changeStatus, ended, type Status, secondsActive } from './status.ts';
import { lockTask, type TaskChanges, writeTask } from './store.ts';

interface StatusRequest {
  force?: boolean;
  status_reason?: string;
  status_message?: string;
}

/** What the program or the agent that runs a task tells about it. */
export const lifecycleEndpoints: Endpoint[] = [
  write('tasks.started', async (call, request) => {
    const task = await lockTask(call, request.task);
    const first = task.started && task.started < call.now ? task.started : call.now;
    const answer = await moveTo('in_progress', call, task, request, { started: first });
    // An agent's rights on the task come from being its runner.
    if (call.caller.isAgent) await writeTask(call, task.id, { runner: call.caller.userId });
    return { ...answer, started: 1 };
  }),

  write('tasks.completed', async (call, request) => {
    const task = await lockTask(call, request.task);
    const answer = await moveTo('completed', call, task, request, ended(call, task));
    if (!request.publish) return answer;
    return { ...answer, ...(await publishTask(call, task.id, request)), published: 1 };
  }),

  write('tasks.stopped', async (call, request) => {
    const task = await lockTask(call, request.task);
    return moveTo('stopped', call, task, request, ended(call, task));
  }),

  write('tasks.failed', async (call, request) => {
    const task = await lockTask(call, request.task);
    return moveTo('failed', call, task, request, { active_duration: secondsActive(call, task) });
  }),

  write('tasks.close', async (call, request) =>
    moveTo('closed', call, await lockTask(call, request.task), request, {}),
  ),

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
