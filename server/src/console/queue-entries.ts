import {
  type EntriesDone,
  type EntryPlace,
  entriesQuery,
  entryPlace,
  entryRemoval,
  entryRestoral,
  entryTransfer,
  type Page,
  type QueueEntry,
} from '@arno/protocol';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Static } from 'typebox';
import type { Scope } from '../clearml/endpoint.ts';
import { recordChange } from '../features/audit/index.ts';
import {
  type EntrySummary,
  entriesPage,
  findQueue,
  lockQueue,
  type Place,
  placeEntries,
  requeueEntries,
  transferEntries,
  withdrawEntries,
} from '../features/queues/index.ts';
import { inTransaction } from '../platform/database.ts';
import { type ConsoleOptions, scopeOf } from './context.ts';
import { ConsoleApiError, notFound } from './errors.ts';

type IdPath = { Params: { id: string } };
const defaultPageSize = 50;

const readers = { config: { roles: ['admin', 'developer'] } } as const;
const editors = { config: { roles: ['admin'] } } as const;

/** What waits in a queue: developers see their own tasks among the places, admins move and remove. */
export function queueEntryRoutes(app: FastifyInstance, options: ConsoleOptions): void {
  listRoute(app, options);
  const change = entryChanges(options);
  moveRoutes(app, change);
  removalRoutes(app, change);
}

function listRoute(app: FastifyInstance, { db }: ConsoleOptions): void {
  app.get<IdPath & { Querystring: Static<typeof entriesQuery> }>(
    '/queues/:id/entries',
    { ...readers, schema: { querystring: entriesQuery } },
    async (request): Promise<Page<QueueEntry>> => {
      const scope = scopeOf(db, request);
      const { q, page = 1, page_size: limit = defaultPageSize } = request.query;
      const { id } = await requireQueue(scope, request.params.id);
      const { rows, total } = await entriesPage(scope, id, { q, limit, offset: (page - 1) * limit });
      return { items: rows.map(entryView), total };
    },
  );
}

/** Which tasks were changed, and what the audit list is told of it. */
interface Changed {
  done: string[];
  how: Record<string, unknown>;
}

type Change = (
  request: FastifyRequest<IdPath & { Body: { task_ids: string[] } }>,
  work: (scope: Scope, queueId: string) => Promise<Changed>,
) => Promise<EntriesDone>;

/** Changes entries in one transaction, with an entry in the audit list. */
function entryChanges({ db }: ConsoleOptions): Change {
  return (request, work) =>
    inTransaction(db, async (transaction) => {
      const scope = scopeOf(transaction, request);
      const { id } = request.params;
      const queue = await requireQueue(scope, id);
      const { done, how } = await work(scope, id);
      const after = { ...how, tasks: done };
      if (done.length > 0)
        await recordChange(scope, { action: 'update', subject: 'queue', id, name: queue.name, after });
      return { done, gone: request.body.task_ids.filter((task) => !done.includes(task)) };
    });
}

function moveRoutes(app: FastifyInstance, change: Change): void {
  app.post<IdPath & { Body: EntryPlace }>(
    '/queues/:id/entries/place',
    { ...editors, schema: { body: entryPlace } },
    (request) =>
      change(request, async (scope, id) => {
        const place = placeOf(request.body);
        await lockQueue(scope, id);
        const done = await placeEntries(scope, id, request.body.task_ids, place);
        if (!done) throw new ConsoleApiError('conflict', 'the task beside that place no longer waits here');
        return { done, how: { moved: place } };
      }),
  );

  app.post<IdPath & { Body: Static<typeof entryTransfer> }>(
    '/queues/:id/entries/transfer',
    { ...editors, schema: { body: entryTransfer } },
    (request) =>
      change(request, async (scope, id) => {
        const { task_ids, queue_id } = request.body;
        const refused = (why: string) => new ConsoleApiError('invalid_field', why, 'queue_id');
        if (queue_id === id) throw refused('queue_id must be another queue');
        const target = await findQueue(scope, queue_id);
        if (!target) throw refused('queue_id: there is no such queue');
        const done = await transferEntries(scope, id, queue_id, task_ids);
        return { done, how: { transferred_to: target.name } };
      }),
  );
}

function removalRoutes(app: FastifyInstance, change: Change): void {
  app.post<IdPath & { Body: Static<typeof entryRemoval> }>(
    '/queues/:id/entries/remove',
    { ...editors, schema: { body: entryRemoval } },
    (request) =>
      change(request, async (scope, id) => {
        const reason = `removed from its queue by ${scope.caller.userName}`;
        const done = await withdrawEntries(scope, id, request.body.task_ids, reason);
        return { done, how: { removed: true } };
      }),
  );

  app.post<IdPath & { Body: Static<typeof entryRestoral> }>(
    '/queues/:id/entries/restore',
    { ...editors, schema: { body: entryRestoral } },
    (request) =>
      change(request, async (scope, id) => {
        const { task_ids, before } = request.body;
        await lockQueue(scope, id);
        const done = await requeueEntries(scope, id, task_ids);
        // Where the neighbour has gone too, they stay at the end.
        if (before !== undefined && done.length > 0) await placeEntries(scope, id, done, { before });
        return { done, how: { restored: true } };
      }),
  );
}

async function requireQueue(scope: Scope, id: string): Promise<{ id: string; name: string }> {
  const queue = await findQueue(scope, id);
  if (!queue) throw notFound('queue');
  return queue;
}

function placeOf({ before, after, to, task_ids }: EntryPlace): Place {
  const given = [before, after, to].filter((value) => value !== undefined);
  if (given.length !== 1)
    throw new ConsoleApiError('invalid_request', 'give exactly one of before, after and to');
  const beside = before ?? after;
  if (beside !== undefined && task_ids.includes(beside)) {
    const field = before === undefined ? 'after' : 'before';
    throw new ConsoleApiError('invalid_field', `${field} must not be one of task_ids`, field);
  }
  if (before !== undefined) return { before };
  return after !== undefined ? { after } : { to: to ?? 'front' };
}

function entryView({ place, added, urgent, task, project, user, call_id }: EntrySummary): QueueEntry {
  const known = { ...(project && { project }), ...(user && { user }), ...(call_id && { call_id }) };
  return { place, added: added.toISOString(), urgent, ...(task && { task: { ...task, ...known } }) };
}
