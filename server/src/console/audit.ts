import {
  type AuditEntry,
  type AuditEntryDetail,
  type AuditExportQuery,
  type AuditPage,
  type AuditQuery,
  auditExportQuery,
  auditQuery,
} from '@arno/protocol';
import type { FastifyInstance } from 'fastify';
import type { Scope } from '../clearml/endpoint.ts';
import {
  type AuditFilter,
  type AuditRow,
  findEntry,
  listActors,
  listEntries,
  namesIn,
} from '../features/audit/index.ts';
import { readInstant } from './call-view.ts';
import { type ConsoleOptions, scopeOf } from './context.ts';
import { notFound } from './errors.ts';
import { sendRows } from './export-file.ts';

const defaultLimit = 50;
/** Rows of an export in memory at a time. */
const exportRows = 500;

const readers = { config: { roles: ['admin', 'developer'] } } as const;

/** The audit list: administrators read all of it, developers what is about mappings. */
export function auditRoutes(app: FastifyInstance, { db }: ConsoleOptions): void {
  app.get<{ Querystring: AuditQuery }>(
    '/audit',
    { ...readers, schema: { querystring: auditQuery } },
    async (request): Promise<AuditPage> => {
      const { before, limit = defaultLimit, ...filter } = request.query;
      const page = { before, limit: limit + 1 };
      const rows = await listEntries(scopeOf(db, request), readFilter(filter), page);
      const items = rows.slice(0, limit).map(entryView);
      const last = items.at(-1);
      return { items, ...(rows.length > limit && last && { next: last.id }) };
    },
  );

  app.get('/audit/people', readers, async (request) => ({ items: await listActors(scopeOf(db, request)) }));

  app.get<{ Querystring: AuditExportQuery }>(
    '/audit/export',
    { ...readers, schema: { querystring: auditExportQuery }, exposeHeadRoute: false },
    async (request, reply) => {
      const { format, ...query } = request.query;
      const scope = scopeOf(db, request);
      const given = readFilter(query);
      // What is written meanwhile would make the export endless.
      const filter = { ...given, to: given.to ?? scope.now };
      return sendRows(reply, allEntries(scope, filter, format), { format, name: 'audit', columns });
    },
  );

  app.get<{ Params: { id: string } }>('/audit/:id', readers, async (request): Promise<AuditEntryDetail> => {
    const { id } = request.params;
    const scope = scopeOf(db, request);
    const row = /^[1-9]\d{0,15}$/.test(id) && (await findEntry(scope, Number(id)));
    if (!row) throw notFound('entry of the audit list');
    return { ...entryView(row), names: await namesIn(scope, [row.before, row.after]) };
  });
}

type Filters = Omit<AuditQuery, 'before' | 'limit'>;

function readFilter({ subject, subject_id, user_id, action, from, to, q }: Filters): AuditFilter {
  return {
    subjects: subject?.split(','),
    subjectId: subject_id,
    userId: user_id,
    actions: action?.split(','),
    from: readInstant('from', from),
    to: readInstant('to', to),
    q,
  };
}

/** An entry as the wire has it. */
function entryView(row: AuditRow): AuditEntry {
  const { id, at, user_id, user_name, action, subject, subject_id, subject_name, before, after } = row;
  return {
    ...{ id, at: at.toISOString(), subject_id, subject_name },
    user: { ...(user_id !== null && { id: user_id }), name: user_name },
    action: action as AuditEntry['action'],
    subject: subject as AuditEntry['subject'],
    ...(before !== null && { before: before as Record<string, unknown> }),
    ...(after !== null && { after: after as Record<string, unknown> }),
  };
}

const columns = [
  ...['id', 'at', 'user_id', 'user_name', 'action', 'subject', 'subject_id', 'subject_name'],
  ...['before', 'after'],
];

/** All entries of a filter, page by page: a slow client must not hold a connection of the database. */
async function* allEntries(
  scope: Scope,
  filter: AuditFilter,
  format: 'csv' | 'ndjson',
): AsyncGenerator<object> {
  for (let before: number | undefined; ; ) {
    const rows = await listEntries(scope, filter, { before, limit: exportRows });
    for (const row of rows) yield format === 'csv' ? { ...row, at: row.at.toISOString() } : entryView(row);
    before = rows.at(-1)?.id;
    if (rows.length < exportRows) return;
  }
}
