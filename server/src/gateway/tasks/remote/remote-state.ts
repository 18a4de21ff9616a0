import { isOver, isTroubled, statusOfTask } from '../call-status.ts';
import type { StoredFile, TaskState } from '../task-backend.ts';
import type { RemoteServer, RemoteTask } from './remote-server.ts';

/** Fields of a task that its state is made of. */
export const stateFields = [
  'status',
  'status_reason',
  'status_changed',
  'started',
  'completed',
  'last_iteration',
  'runtime',
  'execution.queue',
  'execution.artifacts',
  'models.output',
];

/**
 * What the caller of a task may know of it.
 *
 * @param isToBeQueued whether the order of the task is open: a draft then waits as much as what is in a queue
 */
export async function taskState(
  server: RemoteServer,
  id: string,
  task: RemoteTask,
  isToBeQueued: boolean,
): Promise<TaskState> {
  const { status: taskStatus = 'created', status_reason: reason = '', started, last_iteration = 0 } = task;
  const isWaitingDraft = isToBeQueued && taskStatus === 'created';
  const status = isWaitingDraft ? 'queued' : statusOfTask({ status: taskStatus, status_reason: reason });
  const queue = task.execution?.queue;
  const [position, models, values] = await Promise.all([
    taskStatus === 'queued' && queue ? positionIn(server, queue, id) : undefined,
    outputModels(server, task),
    server.singleValues(id),
  ]);
  const progress = Number(task.runtime?.progress ?? Number.NaN);
  const completed = task.completed ?? task.status_changed;
  return {
    status,
    ...(Number.isFinite(progress) && { progress }),
    lastIteration: last_iteration,
    ...(position !== undefined && { queuePosition: position }),
    ...(started && { started: new Date(started) }),
    ...(isOver(status) && completed && { ended: new Date(completed) }),
    ...(isTroubled(status) && reason && { reason }),
    artifacts: outputArtifacts(task),
    models,
    values: values.map(({ metric, variant, value }) => ({ metric, variant, value })),
  };
}

/** How many tasks stand before this one; undefined when it waits there no more. */
async function positionIn(server: RemoteServer, queue: string, id: string): Promise<number | undefined> {
  const position = (await server.waitingIn(queue)).indexOf(id);
  return position < 0 ? undefined : position;
}

const glanceFields = ['status', 'last_iteration', 'runtime', 'execution.queue'];

/** See `TaskBackend.glance`: one request for the tasks, and one for each queue that some of them wait in. */
export async function glanceAt(server: RemoteServer, ids: readonly string[]): Promise<Map<string, string>> {
  const tasks = await server.findTasks(ids, glanceFields);
  const waiting = [...tasks.values()].flatMap(({ status, execution }) => {
    return status === 'queued' ? (execution?.queue ?? []) : [];
  });
  const places = new Map<string, number>();
  for (const queue of new Set(waiting)) {
    for (const [place, id] of (await server.waitingIn(queue)).entries()) places.set(id, place);
  }
  const glance = ({ status, last_iteration, runtime }: RemoteTask, id: string) =>
    `${status} ${last_iteration} ${runtime?.progress} ${places.get(id)}`;
  return new Map([...tasks].map(([id, task]) => [id, glance(task, id)]));
}

function outputArtifacts({ execution }: RemoteTask): StoredFile[] {
  return (execution?.artifacts ?? []).flatMap(({ key, type, mode = 'output', uri, content_size: size }) =>
    mode === 'output' && uri ? [{ name: key, type, uri, ...(size !== undefined && { size }) }] : [],
  );
}

async function outputModels(server: RemoteServer, { models }: RemoteTask) {
  const output = models?.output ?? [];
  const found = await server.models(output.map(({ model }) => model));
  const uris = new Map(found.map(({ id, uri }) => [id, uri]));
  return output.flatMap(({ name, model }) => {
    const uri = uris.get(model);
    return uri ? [{ name, uri }] : [];
  });
}
