import type { CallStatus } from '@arno/protocol';
import type { Scope } from '../clearml/endpoint.ts';
import { singleValues } from '../features/events/index.ts';
import { findModels } from '../features/models/index.ts';
import { enqueueTask, findQueueByName, queuePosition } from '../features/queues/index.ts';
import {
  type Artifacts,
  cloneTask,
  findTask,
  type Hyperparams,
  type TaskModels,
  type TaskRow,
} from '../features/tasks/index.ts';
import { statusOfTask } from './call-status.ts';
import { GatewayError } from './errors.ts';
import { withParams } from './params.ts';
import type { QueuedTask, StoredFile, TaskBackend, TaskOrder, TaskState } from './task-backend.ts';

/** Tasks in this platform's own tracking server. */
export const embeddedTasks: TaskBackend = { enqueue, find };

async function enqueue(given: Scope, order: TaskOrder): Promise<QueuedTask> {
  // The mapping is an administrator's word that everybody may run this task. The clone is the caller's own all the same.
  const scope: Scope = { ...given, caller: { ...given.caller, role: 'admin' } };
  const template = await findTask(scope, order.template);
  if (!template)
    throw new GatewayError('unknown_public_id', 'the task behind this public id no longer exists');
  // Enqueueing by name would make a missing queue, and no agent listens to that one.
  const queue = await findQueueByName(scope, order.queue);
  if (!queue) throw new GatewayError('unknown_queue', `queue: there is no queue ${order.queue}`);
  const { image: _, ...container } = template.container as Record<string, unknown>;
  const clone = await cloneTask(scope, template.id, {
    name: `${template.name}_${timestamp(scope.now)}`,
    hyperparams: withParams(template.hyperparams as unknown as Hyperparams, order.params),
    container: order.image ? { ...container, image: order.image } : container,
  });
  await enqueueTask(scope, clone.id, { queueId: queue.id, reason: 'called through the gateway' });
  return { ...clone, queue: queue.name };
}

/** `YYYYMMDD_HHMMSS`, UTC. */
function timestamp(date: Date): string {
  return date.toISOString().slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '_');
}

async function find(scope: Scope, id: string): Promise<TaskState | undefined> {
  const task = await findTask(scope, id);
  if (!task) return undefined;
  const [position, models, values] = await Promise.all([
    task.status === 'queued' ? queuePosition(scope, id) : undefined,
    outputModels(scope, task),
    singleValues(scope, id),
  ]);
  const status = statusOfTask(task);
  const progress = Number((task.runtime as { progress?: string }).progress ?? Number.NaN);
  // The message may hold a traceback and paths of the machine: that is for who may read the task.
  const reason = task.status_reason;
  return {
    status,
    ...(Number.isFinite(progress) && { progress }),
    lastIteration: task.last_iteration,
    ...(position !== undefined && { queuePosition: position }),
    ...(task.started && { started: task.started }),
    ...(!unfinished.has(status) && { ended: task.completed ?? task.status_changed }),
    ...(troubled.has(status) && reason && { reason }),
    artifacts: outputArtifacts(task),
    models,
    values,
  };
}

const unfinished = new Set<CallStatus>(['queued', 'running']);
const troubled = new Set<CallStatus>(['failed', 'aborted', 'lost']);

function outputArtifacts(task: TaskRow): StoredFile[] {
  return Object.values(task.artifacts as unknown as Artifacts).flatMap(
    ({ key, type, mode, uri, content_size: size }) =>
      mode === 'output' && uri ? [{ name: key, type, uri, ...(size !== undefined && { size }) }] : [],
  );
}

async function outputModels(scope: Scope, task: TaskRow) {
  const { output } = task.models as unknown as TaskModels;
  const found = await findModels(
    scope,
    output.map(({ model }) => model),
  );
  const uris = new Map(found.map(({ id, uri }) => [id, uri]));
  return output.flatMap(({ name, model }) => {
    const uri = uris.get(model);
    return uri ? [{ name, uri }] : [];
  });
}
