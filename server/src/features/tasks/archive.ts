import { type Endpoint, type Scope, write } from '../../clearml/endpoint.ts';
import { forEachId } from '../../clearml/many.ts';
import type { TaskRow } from './entity.ts';
import { meansSteps, pipelineSteps } from './pipeline-steps.ts';
import { changeStatus, ended, type Status } from './status.ts';
import { lockTask, removeFromQueues, stamps, writeTask } from './store.ts';

interface ArchiveRequest {
  status_reason?: string;
  status_message?: string;
}

type Change = (scope: Scope, task: TaskRow, request: ArchiveRequest) => Promise<void>;

const archivedTag = 'archived';

export const archiveEndpoints: Endpoint[] = [
  write('tasks.archive', async (call, { tasks: ids, ...request }) => {
    const withSteps = meansSteps(call, request);
    for (const id of ids) await changeWithSteps(call, id, request, withSteps, archive);
    return { archived: ids.length };
  }),

  write('tasks.archive_many', async (call, { ids, ...request }) =>
    forEachId(call, ids, async (id) => {
      await changeWithSteps(call, id, request, meansSteps(call, request), archive);
      return { archived: true };
    }),
  ),

  write('tasks.unarchive_many', async (call, { ids, ...request }) =>
    forEachId(call, ids, async (id) => {
      await changeWithSteps(call, id, request, meansSteps(call, request), unarchive);
      return { unarchived: true };
    }),
  ),
];

async function changeWithSteps(
  scope: Scope,
  id: string,
  request: ArchiveRequest,
  withSteps: boolean,
  change: Change,
): Promise<void> {
  const task = await lockTask(scope, id);
  await change(scope, task, request);
  for (const step of withSteps ? await pipelineSteps(scope, task) : []) {
    await change(scope, await lockTask(scope, step), request);
  }
}

/** An archived task neither waits nor runs: a queued one becomes what it was before, a running one stops. */
async function archive(scope: Scope, task: TaskRow, request: ArchiveRequest): Promise<void> {
  const { status_reason: reason, status_message: message } = request;
  await removeFromQueues(scope, task.id);
  if (task.status === 'queued') {
    const { queue: _queue, ...execution } = task.execution as Record<string, unknown>;
    const status = (task.enqueue_status ?? 'created') as Status;
    const changes = { enqueue_status: null, execution };
    await changeStatus(scope, task, { status, reason, message, force: true, changes });
  } else if (task.status === 'in_progress') {
    await changeStatus(scope, task, { status: 'stopped', reason, message, changes: ended(scope, task) });
  }
  const system_tags = [...new Set([...task.system_tags, archivedTag])];
  await writeTask(scope, task.id, { system_tags, ...said(request), ...stamps(scope) });
}

async function unarchive(scope: Scope, task: TaskRow, request: ArchiveRequest): Promise<void> {
  const system_tags = task.system_tags.filter((tag) => tag !== archivedTag);
  await writeTask(scope, task.id, { system_tags, ...said(request), ...stamps(scope) });
}

/** Reason and message as far as the request gives them: an archived task keeps saying why it ended. */
function said({ status_reason, status_message }: ArchiveRequest) {
  return { status_reason, status_message };
}
