import { type Call, type CallDetail, callsExportQuery } from '@arno/protocol';
import type { FastifyInstance } from 'fastify';
import type { Static } from 'typebox';
import type { Scope } from '../clearml/endpoint.ts';
import { type CallFilter, type CallPlace, listCalls, listWholeCalls } from '../gateway/index.ts';
import { callFields, callView, readCallFilter, wholeCallView } from './call-view.ts';
import { type ConsoleOptions, callerOf, scopeOf } from './context.ts';
import { sendRows } from './export-file.ts';

/** Rows in memory at a time; with bodies fewer, since one has up to half a megabyte. */
const pageRows = { plain: 1000, bodies: 100 };

const bodyColumns = ['error_detail', 'phases', 'request', 'answer'] as const satisfies (keyof CallDetail)[];

/** All calls that a filter lets through, as a file. */
export function callExportRoutes(app: FastifyInstance, { db }: ConsoleOptions): void {
  app.get<{ Querystring: Static<typeof callsExportQuery> }>(
    '/calls/export',
    // No HEAD: it would read all of them to answer nothing.
    { schema: { querystring: callsExportQuery }, exposeHeadRoute: false },
    async (request, reply) => {
      const { format, bodies = false, ...query } = request.query;
      const caller = callerOf(request);
      const scope = scopeOf(db, request);
      // What is logged meanwhile would make the export endless.
      const given = readCallFilter(query, caller);
      const filter = { ...given, to: given.to ?? scope.now };
      const rows = bodies ? wholeCalls(scope, filter) : summaries(scope, filter);
      const columns = bodies ? [...callFields, ...bodyColumns] : callFields;
      return sendRows(reply, rows, { format, name: 'calls', columns });
    },
  );
}

async function* summaries(scope: Scope, filter: CallFilter): AsyncGenerator<Call> {
  for await (const row of pages((page) => listCalls(scope, filter, page), pageRows.plain))
    yield callView(row, scope.caller);
}

async function* wholeCalls(scope: Scope, filter: CallFilter): AsyncGenerator<CallDetail> {
  for await (const row of pages((page) => listWholeCalls(scope, filter, page), pageRows.bodies))
    yield wholeCallView(row, scope.caller);
}

/**
 * All rows of a list, page by page. Not a cursor of PostgreSQL: a client that reads slowly, or not at all, would hold a connection
 * and keep old rows from being cleaned up.
 */
async function* pages<Row extends CallPlace>(
  read: (page: { before?: CallPlace | undefined; limit: number }) => Promise<Row[]>,
  limit: number,
): AsyncGenerator<Row> {
  for (let before: CallPlace | undefined; ; ) {
    const rows = await read({ before, limit });
    yield* rows;
    before = rows.at(-1);
    if (rows.length < limit) return;
  }
}
