import { pipeline, Readable, Transform } from 'node:stream';
import { type Call, type CallDetail, callsExportQuery } from '@arno/protocol';
import { type Options, stringify } from 'csv-stringify';
import type { FastifyInstance } from 'fastify';
import type { Static } from 'typebox';
import type { Scope } from '../clearml/endpoint.ts';
import { type CallFilter, type CallPlace, listCalls, listWholeCalls } from '../gateway/index.ts';
import { attachment } from '../platform/attachment.ts';
import { callView, readCallFilter, wholeCallView } from './call-view.ts';
import { type ConsoleOptions, callerOf, scopeOf } from './context.ts';

/** Rows in memory at a time; with bodies fewer, since one has up to half a megabyte. */
const pageRows = { plain: 1000, bodies: 100 };

const columns = [
  'id',
  'kind',
  'created_at',
  'started_at',
  'ended_at',
  'status',
  'outcome',
  'http_status',
  'mapping_id',
  'alias',
  'public_id',
  'endpoint',
  'machine',
  'queue',
  'task_id',
  'clone_id',
  'clone_name',
  'user_id',
  'key_id',
  'caller',
  'duration_ms',
  'bytes_in',
  'bytes_out',
  'error_code',
  'error',
] as const satisfies (keyof Call)[];
const bodyColumns = ['error_detail', 'phases', 'request', 'answer'] as const satisfies (keyof CallDetail)[];

const csv: Options = {
  header: true,
  // Spreadsheets take a file without it for one in an older encoding.
  bom: true,
  // A text of a caller that begins like a formula must not become one in the spreadsheet of whoever opens the file.
  escape_formulas: true,
};

/** All calls that a filter lets through, as a file. */
export function callExportRoutes(app: FastifyInstance, { db }: ConsoleOptions): void {
  app.get<{ Querystring: Static<typeof callsExportQuery> }>(
    '/calls/export',
    { schema: { querystring: callsExportQuery } },
    async (request, reply) => {
      const { format, bodies = false, ...query } = request.query;
      const caller = callerOf(request);
      const scope = scopeOf(db, request);
      // What is logged meanwhile would make the export endless.
      const given = readCallFilter(query, caller);
      const filter = { ...given, to: given.to ?? scope.now };
      const rows = Readable.from(bodies ? wholeCalls(scope, filter) : summaries(scope, filter));
      const isCsv = format === 'csv';
      const written = isCsv
        ? stringify({ ...csv, columns: bodies ? [...columns, ...bodyColumns] : columns })
        : jsonLines();
      // An error ends the answer early, which the client sees by its missing end.
      pipeline(rows, written, () => {});
      return reply
        .type(isCsv ? 'text/csv; charset=utf-8' : 'application/x-ndjson')
        .header('content-disposition', attachment(`calls-${scope.now.toISOString().slice(0, 10)}.${format}`))
        .send(written);
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

function jsonLines(): Transform {
  return new Transform({
    writableObjectMode: true,
    transform: (row, _encoding, done) => done(null, `${JSON.stringify(row)}\n`),
  });
}
