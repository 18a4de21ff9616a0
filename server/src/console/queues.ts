import { type Queue, type QueueDetail, queueChanges, queueInput, queueRemovalQuery } from '@arno/protocol';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Static } from 'typebox';
import type { Scope } from '../clearml/endpoint.ts';
import { recordChange } from '../features/audit/index.ts';
import {
  createQueue,
  deleteQueue,
  lockOwnQueue,
  type Metadata,
  pauseQueue,
  type QueueSummary,
  queueSummaries,
  requeueKey,
  requeuesLost,
  resumeQueue,
  updateQueue,
  workersOfQueue,
} from '../features/queues/index.ts';
import { inTransaction } from '../platform/database.ts';
import { type ConsoleOptions, scopeOf } from './context.ts';
import { notFound } from './errors.ts';
import { mappingsOfQueue, renameInMappings } from './queue-mappings.ts';

type IdPath = { Params: { id: string } };
type Changes = Static<typeof queueChanges>;

const readers = { config: { roles: ['admin', 'developer'] } } as const;
const editors = { config: { roles: ['admin'] } } as const;

/** Queues: developers read them, admins change them. */
export function queueRoutes(app: FastifyInstance, options: ConsoleOptions): void {
  readRoutes(app, options);
  creationRoute(app, options);
  changeRoutes(app, options);
  removalRoute(app, options);
}

function readRoutes(app: FastifyInstance, { db, server }: ConsoleOptions): void {
  app.get('/queues', readers, async (request): Promise<{ items: Queue[] }> => {
    const rows = await queueSummaries(scopeOf(db, request), server);
    return { items: rows.map(queueView) };
  });

  app.get<IdPath>('/queues/:id', readers, (request) =>
    detail(scopeOf(db, request), server, request.params.id),
  );
}

function creationRoute(app: FastifyInstance, { db, server }: ConsoleOptions): void {
  app.post<{ Body: Static<typeof queueInput> }>(
    '/queues',
    { ...editors, schema: { body: queueInput } },
    async (request, reply) => {
      const created = await inTransaction(db, async (transaction) => {
        const scope = scopeOf(transaction, request);
        const { name, requeue_lost = false } = request.body;
        const id = await createQueue(scope, name, { metadata: withRequeue({}, requeue_lost) });
        await recordChange(scope, {
          ...{ action: 'create', subject: 'queue', id, name: name.trim() },
          after: { name: name.trim(), requeue_lost },
        });
        return detail(scope, server, id);
      });
      return reply.code(201).send(created);
    },
  );
}

function changeRoutes(app: FastifyInstance, { db, server }: ConsoleOptions): void {
  /** Does the work in one transaction and answers what the queue is like afterwards. */
  const change = (request: FastifyRequest<IdPath>, work: (scope: Scope, id: string) => Promise<unknown>) =>
    inTransaction(db, async (transaction) => {
      const scope = scopeOf(transaction, request);
      await work(scope, request.params.id);
      return detail(scope, server, request.params.id);
    });

  app.patch<IdPath & { Body: Changes }>(
    '/queues/:id',
    { ...editors, schema: { body: queueChanges } },
    (request) => change(request, (scope, id) => edit(scope, id, request.body)),
  );

  app.post<IdPath>('/queues/:id/pause', editors, (request) =>
    change(request, async (scope, id) => {
      const queue = await pauseQueue(scope, id);
      if (queue) await recordPause(scope, queue, true);
    }),
  );

  app.post<IdPath>('/queues/:id/resume', editors, (request) =>
    change(request, async (scope, id) => {
      const queue = await resumeQueue(scope, id);
      if (queue) await recordPause(scope, queue, false);
    }),
  );
}

function removalRoute(app: FastifyInstance, { db, server }: ConsoleOptions): void {
  app.delete<IdPath & { Querystring: Static<typeof queueRemovalQuery> }>(
    '/queues/:id',
    { ...editors, schema: { querystring: queueRemovalQuery } },
    async (request, reply) => {
      await inTransaction(db, (transaction) =>
        remove(scopeOf(transaction, request), server, request.params.id, request.query.force),
      );
      return reply.code(204).send();
    },
  );
}

async function edit(scope: Scope, id: string, { name, requeue_lost }: Changes): Promise<void> {
  const before = await lockOwnQueue(scope, id);
  const metadata = requeue_lost === undefined ? undefined : withRequeue(before.metadata, requeue_lost);
  const changed = await updateQueue(scope, before, { name, metadata });
  const newName = (changed.name as string | undefined) ?? before.name;
  if (newName !== before.name) await renameInMappings(scope, before.name, newName);
  await recordChange(scope, {
    ...{ action: 'update', subject: 'queue', id, name: newName },
    before: { name: before.name, requeue_lost: requeuesLost(before.metadata) },
    after: { name: newName, requeue_lost: requeuesLost(metadata ?? before.metadata) },
  });
}

/** Other metadata stays; the queue of which nothing is said has no such key. */
function withRequeue({ [requeueKey]: _before, ...others }: Metadata, wanted: boolean): Metadata {
  return wanted ? { ...others, [requeueKey]: { key: requeueKey, type: 'bool', value: 'true' } } : others;
}

function recordPause(scope: Scope, { id, name }: { id: string; name: string }, paused: boolean) {
  const change = { action: 'update', subject: 'queue', id, name } as const;
  return recordChange(scope, { ...change, before: { paused: !paused }, after: { paused } });
}

async function remove(
  scope: Scope,
  server: ConsoleOptions['server'],
  id: string,
  force = false,
): Promise<void> {
  const { name, depth, requeue_lost, mappings } = await detail(scope, server, id);
  await deleteQueue(scope, id, force);
  const aliases = mappings.map(({ alias }) => alias);
  await recordChange(scope, {
    ...{ action: 'delete', subject: 'queue', id, name },
    before: { name, requeue_lost, waiting: depth, mappings: aliases },
  });
}

async function detail(scope: Scope, server: ConsoleOptions['server'], id: string): Promise<QueueDetail> {
  const [row] = await queueSummaries(scope, server, id);
  if (!row) throw notFound('queue');
  const served_by = await workersOfQueue(scope, server, id);
  const mappings = await mappingsOfQueue(scope, row.name);
  return { ...queueView(row), requeue_lost: requeuesLost(row.metadata), served_by, mappings };
}

function queueView(row: QueueSummary): Queue {
  const { id, name, is_default, depth, oldest, average_wait, workers, paused, paused_by, created } = row;
  return {
    ...{ id, name, is_default, depth, workers },
    ...(oldest && { oldest: oldest.toISOString() }),
    ...(average_wait !== null && { average_wait }),
    ...(paused && { paused: { at: paused.toISOString(), by: paused_by ?? '' } }),
    created_at: created.toISOString(),
  };
}
