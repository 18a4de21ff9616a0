import type { Worker, WorkerDetail, WorkerState, WorkerTask } from '@arno/protocol';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Scope } from '../clearml/endpoint.ts';
import { recordChange } from '../features/audit/index.ts';
import {
  drainWorker,
  type TaskOfWorker,
  tasksOfWorker,
  undrainWorker,
  type WorkerSummary,
  workerSummaries,
} from '../features/workers/index.ts';
import { inTransaction } from '../platform/database.ts';
import { type ConsoleOptions, scopeOf } from './context.ts';
import { readingsOf } from './dashboard-readings.ts';
import { notFound } from './errors.ts';

type IdPath = { Params: { id: string } };
const shownTasks = 20;

/** Workers: developers read them, admins drain them. */
export function workerRoutes(app: FastifyInstance, { db, server }: ConsoleOptions): void {
  const readers = { config: { roles: ['admin', 'developer'] } } as const;
  const editors = { config: { roles: ['admin'] } } as const;
  const lostBefore = ({ now }: Scope) => new Date(now.getTime() - server.workerTimeout * 1000);

  const detail = async (scope: Scope, id: string): Promise<WorkerDetail> => {
    const [row] = await workerSummaries(scope, id);
    if (!row) throw notFound('worker');
    const tasks = await tasksOfWorker(scope, id, shownTasks);
    return { ...workerView(row, lostBefore(scope)), tasks: tasks.map(taskView) };
  };

  /** Drains, or undoes it, in one transaction and answers what the worker is like afterwards. */
  const drain = (request: FastifyRequest<IdPath>, wanted: boolean) =>
    inTransaction(db, async (transaction) => {
      const scope = scopeOf(transaction, request);
      const { id } = request.params;
      const [known] = await workerSummaries(scope, id);
      if (!known) throw notFound('worker');
      const hasChanged = await (wanted ? drainWorker : undrainWorker)(scope, id);
      const change = { action: 'update', subject: 'worker', id, name: id } as const;
      if (hasChanged)
        await recordChange(scope, { ...change, before: { drained: !wanted }, after: { drained: wanted } });
      return known.last_seen || wanted ? detail(scope, id) : undefined;
    });

  app.get('/workers', readers, async (request): Promise<{ items: Worker[] }> => {
    const scope = scopeOf(db, request);
    const rows = await workerSummaries(scope);
    return { items: rows.map((row) => workerView(row, lostBefore(scope))) };
  });

  app.get<IdPath>('/workers/:id', readers, (request) => detail(scopeOf(db, request), request.params.id));

  app.put<IdPath>('/workers/:id/drain', editors, (request) => drain(request, true));

  app.delete<IdPath>('/workers/:id/drain', editors, async (request, reply) => {
    const left = await drain(request, false);
    return left ?? reply.code(204).send();
  });
}

function workerView(row: WorkerSummary, lostBefore: Date): Worker {
  const { id, ip, user, task, project, last_seen, registered, drained, drained_by, tags } = row;
  const started = task?.started && new Date(task.started).toISOString();
  return {
    ...{ id, tags, state: stateOf(row, lostBefore), readings: readingsOf(row.machine_stats) },
    ...(last_seen && { host: hostOf(row), last_seen: last_seen.toISOString() }),
    ...(registered && { registered_at: registered.toISOString() }),
    ...(ip && { ip }),
    ...(user && { user }),
    queues: (row.queues ?? []).map(({ id, name }) => ({ id, ...(name !== null && { name }) })),
    ...(row.has_task && {
      task: {
        ...(task && { id: task.id, name: task.name }),
        ...(started && { started }),
        ...(project && { project }),
      },
    }),
    ...(drained && { drained: { at: drained.toISOString(), by: drained_by ?? '' } }),
  };
}

function stateOf({ last_seen, drained, busy }: WorkerSummary, lostBefore: Date): WorkerState {
  if (!last_seen) return 'away';
  if (last_seen < lostBefore) return 'lost';
  if (drained) return busy ? 'draining' : 'drained';
  return busy ? 'busy' : 'idle';
}

/** What the agent calls its host, or what its id begins with: `host:0`. */
function hostOf({ id, sender }: WorkerSummary): string {
  return sender && sender !== id ? sender : (id.split(':')[0] ?? id);
}

function taskView({ id, name, status, project, started, ended }: TaskOfWorker): WorkerTask {
  return {
    ...{ id, name, status },
    ...(project && { project }),
    ...(started && { started: started.toISOString() }),
    ...(ended && { ended: ended.toISOString() }),
  };
}
