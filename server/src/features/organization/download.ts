import { Readable } from 'node:stream';
import { stringify } from 'csv-stringify';
import { type SqlBool, sql } from 'kysely';
import { type Call, type Endpoint, RawAnswer, read, type Scope, write } from '../../clearml/endpoint.ts';
import { ClearmlError } from '../../clearml/errors.ts';
import { findExpanded } from '../../clearml/query/index.ts';
import type { Document } from '../../clearml/wire.ts';
import { json } from '../../platform/database.ts';
import { newId } from '../../platform/ids.ts';
import { models } from '../models/index.ts';
import { projectFilter } from '../projects/index.ts';
import { tasks } from '../tasks/index.ts';
import { type ColumnMapping, cellOf } from './cells.ts';

/** How long a prepared download can be fetched, also again. */
const lifeMs = 3_600_000;
const pageSize = 500;
/** A table that no spreadsheet opens serves nobody. */
const maxRows = 100_000;

const entities = { task: tasks, model: models };

/** A list of tasks or models as a CSV file: the filter is told first, because the browser's download carries only an id. */
export const downloadEndpoints: Endpoint[] = [
  write('organization.prepare_download_for_get_all', async (call, { entity_type, ...request }) => {
    const expired = new Date(call.now.getTime() - lifeMs);
    await call.db.deleteFrom('downloads').where('created', '<', expired).execute();
    const id = newId();
    const row = { id, user_id: call.caller.userId, entity: entity_type, created: call.now };
    // Refused here, where the console can show it, rather than in the file.
    await findExpanded(call, entities[entity_type], { ...request, page: 0, page_size: 1 });
    await call.db
      .insertInto('downloads')
      .values({ ...row, request: json(request) })
      .execute();
    return { prepare_id: id };
  }),

  read('organization.download_for_get_all', async (call, { prepare_id: id }) => {
    const download = await findDownload(call, id);
    if (!download) throw new ClearmlError('invalid_id', `prepare_id=${id}: prepare the download anew`);
    const { entity, request } = download;
    const csv = stringify({
      header: true,
      columns: request.field_mappings.map(({ field, name }, index) => ({
        key: String(index),
        header: name ?? field,
      })),
      // A cell must not become a formula of the spreadsheet that opens it.
      escape_formulas: true,
    });
    const rows = Readable.from(rowsOf(call, entity, request));
    rows.once('error', (error) => csv.destroy(error));
    return new RawAnswer('text/csv; charset=utf-8', `${entity}s.csv`, rows.pipe(csv));
  }),
];

interface PreparedRequest extends Record<string, unknown> {
  field_mappings: ColumnMapping[];
}

async function findDownload(scope: Scope, id: string) {
  const row = await scope.db
    .selectFrom('downloads')
    .select(['entity', 'request'])
    .where('id', '=', id)
    .where('user_id', '=', scope.caller.userId)
    .where(sql<SqlBool>`created > ${new Date(scope.now.getTime() - lifeMs)}`)
    .executeTakeFirst();
  return (
    row && { entity: row.entity as 'task' | 'model', request: row.request as unknown as PreparedRequest }
  );
}

/** The rows page by page, so that the file never stands in memory. */
async function* rowsOf(
  call: Call,
  entity: 'task' | 'model',
  request: PreparedRequest,
): AsyncGenerator<string[]> {
  const { field_mappings: mappings, ...list } = request;
  const { filter, extra } = projectFilter(list);
  for (let page = 0; page * pageSize < maxRows && !call.signal.aborted; page++) {
    const { documents } = await findExpanded(
      call,
      entities[entity],
      { ...filter, page, page_size: pageSize },
      extra,
    );
    for (const document of documents) yield rowOf(document, mappings);
    if (documents.length < pageSize) return;
  }
}

function rowOf(document: Document, mappings: readonly ColumnMapping[]): string[] {
  return mappings.map((mapping) => cellOf(document, mapping));
}
