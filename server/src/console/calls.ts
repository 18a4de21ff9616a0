import { type Call, type CallDetail, callsQuery } from '@arno/protocol';
import type { FastifyInstance } from 'fastify';
import type { Static } from 'typebox';
import type { Caller } from '../clearml/endpoint.ts';
import { type CallRow, type CallSummary, findCall, listCalls } from '../gateway/index.ts';
import { type ConsoleOptions, callerOf, scopeOf } from './context.ts';
import { notFound } from './errors.ts';

const defaultLimit = 25;

/** The log of calls: an end user sees the own ones. */
export function callRoutes(app: FastifyInstance, { db }: ConsoleOptions): void {
  app.get<{ Querystring: Static<typeof callsQuery> }>(
    '/calls',
    { schema: { querystring: callsQuery } },
    async (request) => {
      const { kind, status, q, before, limit = defaultLimit } = request.query;
      const filter = {
        kind,
        status,
        q,
        before: before === undefined ? undefined : readCursor(before),
        limit: limit + 1,
      };
      const rows = await listCalls(scopeOf(db, request), filter);
      const last = rows.length > limit ? rows[limit - 1] : undefined;
      const items = rows.slice(0, limit).map((row) => callSummary(row, callerOf(request)));
      return { items, ...(last && { next: cursor(last) }) };
    },
  );

  app.get<{ Params: { id: string } }>('/calls/:id', async (request): Promise<CallDetail> => {
    const row = await findCall(scopeOf(db, request), request.params.id);
    if (!row) throw notFound('call');
    return callDetail(row, callerOf(request));
  });
}

/** Where a page ended: the next one begins after it. */
function cursor({ created, id }: Pick<CallRow, 'created' | 'id'>): string {
  return `${created.getTime()}-${id}`;
}

function readCursor(text: string): { created: Date; id: string } {
  const [time = '', id = ''] = text.split('-');
  return { created: new Date(Number(time)), id };
}

/** A row of the log as one may see it: real ids and addresses are not for end users. */
export function callSummary(row: CallSummary, { role }: Caller): Call {
  const { created, task_id, machine, kind, outcome, ...rest } = row;
  const known = role === 'user' ? rest : { ...rest, task_id, machine };
  return {
    ...withoutNulls<Call>(known),
    kind: kind as Call['kind'],
    outcome: outcome as Call['outcome'],
    created_at: created.toISOString(),
  };
}

function callDetail(row: CallRow, caller: Caller): CallDetail {
  const { company: _, user_id: __, mapping_id: ___, phases, request, answer, error_detail, ...rest } = row;
  const more = { request, answer, error_detail: caller.role === 'user' ? null : error_detail };
  return {
    ...callSummary(rest, caller),
    ...withoutNulls<CallDetail>(more),
    phases: phases as CallDetail['phases'],
  };
}

function withoutNulls<Result>(row: object): Result {
  return Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null)) as Result;
}
