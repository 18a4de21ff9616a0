import type { Scope } from '../../clearml/endpoint.ts';
import { ensureProject } from '../../features/projects/index.ts';
import { enqueueTask, findQueueByName } from '../../features/queues/index.ts';
import {
  cloneTask,
  findTask,
  type Hyperparams,
  lockTask,
  stopTask,
  type TaskRow,
} from '../../features/tasks/index.ts';
import { inTransaction } from '../../platform/database.ts';
import { withParams } from '../enqueue/params.ts';
import { GatewayError } from '../errors.ts';
import { asPlatform } from '../platform-scope.ts';
import { cloneName } from './clone-name.ts';
import { glanceAtTasks, stateOfTask } from './embedded-state.ts';
import type { Accept, PoolScope, QueuedTask, TaskBackend, TaskOrder } from './task-backend.ts';

/** Tasks in this platform's own tracking server. */
export const embeddedTasks: TaskBackend = {
  enqueue,
  find: (scope, id) => stateOfTask(asPlatform(scope), id),
  glance: glanceAtTasks,
  cancel,
};

/** Clone, entry in the queue and what `accept` writes commit together. */
function enqueue<Answer>(scope: PoolScope, order: TaskOrder, accept: Accept<Answer>): Promise<Answer> {
  return inTransaction(scope.db, async (db) => accept(db, await queueClone({ ...scope, db }, order)));
}

async function queueClone(given: Scope, order: TaskOrder): Promise<QueuedTask> {
  const platform = asPlatform(given);
  const template = await findTask(platform, order.template);
  if (!template)
    throw new GatewayError('unknown_public_id', 'the task behind this public id no longer exists');
  // Enqueueing by name would make a missing queue, and no agent listens to that one.
  const queue = await findQueueByName(platform, order.queue);
  if (!queue) throw new GatewayError('unknown_queue', `queue: there is no queue ${order.queue}`);
  const scope = asOwner(platform, template);
  const { image: _, ...container } = template.container as Record<string, unknown>;
  const clone = await cloneTask(scope, template.id, {
    name: cloneName(template.name, scope.now),
    comment: [template.comment, order.comment].filter(Boolean).join('\n\n'),
    project: order.project === undefined ? undefined : await ensureProject(scope, order.project),
    tags: [...new Set([...template.tags, ...order.tags])],
    hyperparams: withParams(template.hyperparams as unknown as Hyperparams, order.params),
    container: order.image ? { ...container, image: order.image } : container,
  });
  const { isUrgent } = order;
  await enqueueTask(scope, clone.id, { queueId: queue.id, isUrgent, reason: 'called through the gateway' });
  return { ...clone, queue: queue.name };
}

/** A clone runs the program of the template's owner and must read what they may read, so it is theirs. A public template is nobody's. */
function asOwner(scope: Scope, { company, user_id: userId }: TaskRow): Scope {
  return company === '' ? scope : { ...scope, caller: { ...scope.caller, userId } };
}

function cancel(given: PoolScope, id: string, reason: string): Promise<void> {
  return inTransaction(given.db, async (db) => {
    const scope: Scope = { ...asPlatform(given), db };
    if (!(await findTask(scope, id))) return;
    const { status } = await lockTask(scope, id);
    if (status !== 'queued' && status !== 'in_progress') return;
    // The steps of a pipeline are part of what was called.
    await stopTask(scope, id, { status_reason: reason }, true);
  });
}
