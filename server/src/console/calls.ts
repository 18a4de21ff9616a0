import {
  type CallChoice,
  type CallDetail,
  type CallFilterQuery,
  type CallsCount,
  type CallsDeleted,
  type CallsPage,
  callChoicesQuery,
  callFilterQuery,
  callsDeletionQuery,
  callsQuery,
} from '@arno/protocol';
import type { FastifyInstance } from 'fastify';
import type { Static } from 'typebox';
import type { Scope } from '../clearml/endpoint.ts';
import { amendChange, recordChange } from '../features/audit/index.ts';
import {
  type CallPlace,
  type Choice,
  callChoices,
  countFoundCalls,
  deleteCalls,
  findCall,
  findCallback,
  listCalls,
} from '../gateway/index.ts';
import { callbackView, callView, mayKnowMachines, readCallFilter, wholeCallView } from './call-view.ts';
import { type ConsoleOptions, callerOf, scopeOf } from './context.ts';
import { ConsoleApiError, notFound } from './errors.ts';

const defaultLimit = 25;
const maxChoices = 50;
/** What people count by eye no longer: "more than 10,000". */
const maxCounted = 10_000;
/** How long one request may delete; then it answers that there is more. */
const deletionMs = 10_000;

type IdPath = { Params: { id: string } };
type Filtered = { Querystring: CallFilterQuery };

/** The log of calls: an end user sees the own ones. */
export function callRoutes(app: FastifyInstance, options: ConsoleOptions): void {
  listRoutes(app, options);
  detailRoutes(app, options);
  removalRoutes(app, options);
}

function listRoutes(app: FastifyInstance, { db, server }: ConsoleOptions): void {
  app.get<{ Querystring: Static<typeof callsQuery> }>(
    '/calls',
    { schema: { querystring: callsQuery } },
    async (request): Promise<CallsPage> => {
      const caller = callerOf(request);
      const { before, limit = defaultLimit, ...query } = request.query;
      const page = { before: before === undefined ? undefined : readCursor(before), limit: limit + 1 };
      const [rows, days] = await Promise.all([
        listCalls(scopeOf(db, request), readCallFilter(query, caller), page),
        server.callRetention.days(),
      ]);
      const last = rows.length > limit ? rows[limit - 1] : undefined;
      const items = rows.slice(0, limit).map((row) => callView(row, caller));
      return { items, ...(last && { next: cursor(last) }), ...(days > 0 && { retention_days: days }) };
    },
  );

  app.get<Filtered>(
    '/calls/count',
    { schema: { querystring: callFilterQuery } },
    (request): Promise<CallsCount> => {
      const filter = readCallFilter(request.query, callerOf(request));
      return countFoundCalls(scopeOf(db, request), filter, maxCounted);
    },
  );

  app.get<{ Querystring: Static<typeof callChoicesQuery> }>(
    '/calls/choices',
    { schema: { querystring: callChoicesQuery } },
    async (request): Promise<{ items: CallChoice[] }> => {
      if (request.query.of === 'machine') mayKnowMachines(callerOf(request), 'of');
      const choices = await callChoices(scopeOf(db, request), { ...request.query, limit: maxChoices });
      return { items: choices.map(choiceView) };
    },
  );
}

function detailRoutes(app: FastifyInstance, { db }: ConsoleOptions): void {
  app.get<IdPath>('/calls/:id', async (request): Promise<CallDetail> => {
    const row = await findCall(scopeOf(db, request), request.params.id);
    if (!row) throw notFound('call');
    const callback = await findCallback(db, row.id);
    return {
      ...wholeCallView(row, callerOf(request)),
      ...(callback && { callback: callbackView(callback) }),
    };
  });
}

function removalRoutes(app: FastifyInstance, { db }: ConsoleOptions): void {
  app.delete<Filtered>(
    '/calls',
    { schema: { querystring: callsDeletionQuery }, config: { roles: ['admin'] } },
    async (request): Promise<CallsDeleted> => {
      if (Object.keys(request.query).length === 0) {
        const remedy = 'name at least one filter; `to` alone deletes all calls before an instant';
        throw new ConsoleApiError('invalid_request', remedy);
      }
      const scope = { ...scopeOf(db, request), db };
      const filter = readCallFilter(request.query, callerOf(request));
      return deleteCalls(scope, filter, deletionMs, (transaction, deleted, entry) =>
        noteDeletion({ ...scope, db: transaction }, { ...request.query, deleted }, entry),
      );
    },
  );
}

/** A deletion takes many transactions and has one entry in the audit list, which each of them brings up to date. */
async function noteDeletion(
  scope: Scope,
  before: CallFilterQuery & { deleted: number },
  entry: number | undefined,
): Promise<number | undefined> {
  const { deleted: _, ...filter } = before;
  const name = new URLSearchParams(filter as Record<string, string>).toString();
  if (entry === undefined)
    return recordChange(scope, { action: 'delete', subject: 'calls', id: '', name, before });
  await amendChange(scope, entry, before);
  return entry;
}

function choiceView({ id, label, kind, is_key }: Choice): CallChoice {
  return {
    ...{ id, label },
    ...(kind !== null && { kind: kind as 'enqueue' | 'ondemand' }),
    ...(is_key !== null && { caller: is_key ? 'key' : 'person' }),
  };
}

/** Where a page ended: the next one begins after it. */
function cursor({ created, id }: CallPlace): string {
  return `${created.getTime()}-${id}`;
}

function readCursor(text: string): CallPlace {
  const [time = '', id = ''] = text.split('-');
  return { created: new Date(Number(time)), id };
}
