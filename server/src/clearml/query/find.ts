import { type RawBuilder, type SqlBool, sql } from 'kysely';
import type { Scope } from '../endpoint.ts';
import { ClearmlError } from '../errors.ts';
import { type Document, wireDate, withoutNulls } from '../wire.ts';
import { conditions } from './conditions.ts';
import { type Entity, fieldAt, filterable } from './entity.ts';
import { projection } from './projection.ts';

type Condition = RawBuilder<SqlBool>;
type Request = Readonly<Record<string, unknown>>;

const maxPage = 500;

export interface Found {
  documents: Document[];
  /** Only when the request scrolls. */
  scrollId?: string;
}

/**
 * Answers a `get_all` request: one statement, bound to the caller's company and the public objects.
 *
 * @param extra conditions of the entity beyond the filter language
 */
export async function findDocuments(
  scope: Scope,
  entity: Entity,
  request: Request,
  extra: readonly Condition[] = [],
): Promise<Found> {
  const { fields, apply } = projection(entity, request.only_fields);
  const { limit, offset, scrolls } = paging(request);
  const where = [
    visible(scope, request),
    ...hidden(request, entity),
    ...conditions(entity, request),
    ...extra,
  ];
  const { rows } = await sql<Document>`
    SELECT ${selection(entity, fields)} FROM ${sql.table(entity.table)}
    WHERE ${sql.join(where, sql` AND `)}
    ORDER BY ${sql.join(order(entity, request.order_by))}
    LIMIT ${limit} OFFSET ${offset}`.execute(scope.db);
  const documents = rows.map((row) => apply(toDocument(row)));
  return scrolls ? { documents, scrollId: scrollId(offset + rows.length) } : { documents };
}

/** The document with this id that the caller may see, all its fields or those asked for. */
export async function findDocument(
  scope: Scope,
  entity: Entity,
  id: string,
  onlyFields?: unknown,
): Promise<Document | undefined> {
  const { documents } = await findDocuments(scope, entity, { id: [id], only_fields: onlyFields });
  return documents[0];
}

function selection(entity: Entity, fields: readonly string[]) {
  return sql.join(fields.map((name) => sql`${entity.fields[name]?.sql} AS ${sql.id(name)}`));
}

function toDocument(row: Document): Document {
  const document = withoutNulls(row);
  for (const [key, value] of Object.entries(document)) {
    if (value instanceof Date) document[key] = wireDate(value);
  }
  return document;
}

/** Objects of the caller's company, and the public ones unless the request says otherwise. */
function visible(scope: Scope, request: Request): Condition {
  const { company } = scope.caller;
  const companies = request.allow_public === false ? [company] : [company, ''];
  return sql<SqlBool>`company = ANY(${companies}::text[])`;
}

/** Objects tagged `hidden` stay away unless they are asked for: by id, by that tag, or all of them. */
function hidden(request: Request, entity: Entity): Condition[] {
  const asked = request.search_hidden === true || request.id !== undefined;
  const named = [request.system_tags ?? []].flat().includes('hidden');
  if (asked || named || !entity.fields.system_tags) return [];
  return [sql<SqlBool>`NOT system_tags @> '{hidden}'::text[]`];
}

function order(entity: Entity, orderBy: unknown): RawBuilder<unknown>[] {
  const terms = [orderBy ?? []].flat().flatMap((item) => {
    const [, minus, path = ''] = /^([-+]?)(.*)$/s.exec(String(item)) ?? [];
    const field = fieldAt(entity, path);
    if (!field) return [];
    const target = filterable(field);
    const direction = sql.raw(minus === '-' ? 'DESC NULLS LAST' : 'ASC NULLS LAST');
    const plain = sql`${target} ${direction}`;
    if (field.kind !== 'text' || !path.includes('.')) return [plain];
    // Values inside documents are text; those that are numbers sort as numbers.
    const number = sql`CASE WHEN ${target} ~ '^[-+]?[0-9]+[.]?[0-9]*([eE][-+]?[0-9]{1,3})?$' THEN (${target})::numeric END`;
    return [sql`${number} ${direction}`, plain];
  });
  return [...terms, sql`id`];
}

function paging(request: Request): { limit: number; offset: number; scrolls: boolean } {
  const scrolls = request.scroll_id !== undefined || request.size !== undefined;
  if (scrolls) {
    const limit = clampPage(request.size);
    const from = request.refresh_scroll === true ? 0 : scrollOffset(request.scroll_id);
    return { limit, offset: from, scrolls };
  }
  const limit = clampPage(request.page_size);
  return { limit, offset: Number(request.page ?? 0) * limit, scrolls };
}

function clampPage(size: unknown): number {
  return Math.min(Math.max(Number(size ?? maxPage) || maxPage, 1), maxPage);
}

function scrollId(offset: number): string {
  return Buffer.from(String(offset)).toString('base64url');
}

function scrollOffset(id: unknown): number {
  if (id === undefined || id === null || id === '') return 0;
  const offset = Number(Buffer.from(String(id), 'base64url').toString());
  if (!Number.isSafeInteger(offset) || offset < 0) throw new ClearmlError('invalid_scroll_id');
  return offset;
}
