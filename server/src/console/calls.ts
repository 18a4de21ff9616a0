import {
  type CallDetail,
  type CallFilterQuery,
  type CallsDeleted,
  callFilterQuery,
  callsQuery,
} from '@arno/protocol';
import type { FastifyInstance } from 'fastify';
import type { Static } from 'typebox';
import { type CallPlace, deleteCalls, findCall, findCallback, listCalls } from '../gateway/index.ts';
import { callbackView, callView, readCallFilter, wholeCallView } from './call-view.ts';
import { type ConsoleOptions, callerOf, scopeOf } from './context.ts';
import { ConsoleApiError, notFound } from './errors.ts';

const defaultLimit = 25;
/** How long one request may delete; then it answers that there is more. */
const deletionMs = 10_000;

/** The log of calls: an end user sees the own ones. */
export function callRoutes(app: FastifyInstance, { db }: ConsoleOptions): void {
  app.get<{ Querystring: Static<typeof callsQuery> }>(
    '/calls',
    { schema: { querystring: callsQuery } },
    async (request) => {
      const caller = callerOf(request);
      const { before, limit = defaultLimit, ...query } = request.query;
      const page = { before: before === undefined ? undefined : readCursor(before), limit: limit + 1 };
      const rows = await listCalls(scopeOf(db, request), readCallFilter(query, caller), page);
      const last = rows.length > limit ? rows[limit - 1] : undefined;
      const items = rows.slice(0, limit).map((row) => callView(row, caller));
      return { items, ...(last && { next: cursor(last) }) };
    },
  );

  app.get<{ Params: { id: string } }>('/calls/:id', async (request): Promise<CallDetail> => {
    const row = await findCall(scopeOf(db, request), request.params.id);
    if (!row) throw notFound('call');
    const callback = await findCallback(db, row.id);
    return {
      ...wholeCallView(row, callerOf(request)),
      ...(callback && { callback: callbackView(callback) }),
    };
  });

  app.delete<{ Querystring: CallFilterQuery }>(
    '/calls',
    { schema: { querystring: callFilterQuery }, config: { roles: ['admin'] } },
    async (request): Promise<CallsDeleted> => {
      if (Object.keys(request.query).length === 0) {
        const remedy = 'name at least one filter; `to` alone deletes all calls before an instant';
        throw new ConsoleApiError('invalid_request', remedy);
      }
      const filter = readCallFilter(request.query, callerOf(request));
      return deleteCalls(scopeOf(db, request), filter, deletionMs);
    },
  );
}

/** Where a page ended: the next one begins after it. */
function cursor({ created, id }: CallPlace): string {
  return `${created.getTime()}-${id}`;
}

function readCursor(text: string): CallPlace {
  const [time = '', id = ''] = text.split('-');
  return { created: new Date(Number(time)), id };
}
