import { type RawBuilder, type SqlBool, sql } from 'kysely';
import type { Scope } from '../endpoint.ts';
import { ClearmlError } from '../errors.ts';
import { readable } from '../rights.ts';
import { type Document, wireDate, withoutNulls } from '../wire.ts';
import { conditions } from './conditions.ts';
import { type Entity, type Field, fieldAt, filterable, type Reference } from './entity.ts';
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
  return find(scope, entity, request, extra, false);
}

/** The same for a `get_all_ex` request: references come as objects, with `id` and the columns that only_fields names. */
export async function findExpanded(
  scope: Scope,
  entity: Entity,
  request: Request,
  extra: readonly Condition[] = [],
): Promise<Found> {
  return find(scope, entity, request, extra, true);
}

async function find(
  scope: Scope,
  entity: Entity,
  request: Request,
  extra: readonly Condition[],
  expanded: boolean,
): Promise<Found> {
  const { fields, paths, apply } = projection(entity, request.only_fields);
  const { limit, offset, scrolls } = paging(request);
  const where = [
    visible(scope, entity, request),
    ...hidden(request, entity),
    ...conditions(entity, request),
    ...extra,
  ];
  const { rows } = await sql<Document>`
    SELECT ${selection(entity, fields, expanded ? paths : undefined)} FROM ${sql.table(entity.table)}
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

function selection(entity: Entity, fields: readonly string[], expandedPaths?: readonly string[]) {
  return sql.join(
    fields.map((name) => {
      const field = entity.fields[name] as Field;
      const reference = expandedPaths && entity.references?.[name];
      return sql`${reference ? referenced(field, name, reference, expandedPaths) : field.sql} AS ${sql.id(name)}`;
    }),
  );
}

/** The object a field refers to: its id, and the asked columns as far as it exists. */
function referenced(field: Field, name: string, { table, columns }: Reference, paths: readonly string[]) {
  const asked = paths
    .filter((path) => path.startsWith(`${name}.`))
    .map((path) => path.slice(name.length + 1));
  const known = asked.filter((column) => columns.includes(column));
  const pairs = known.flatMap((column) => [sql.lit(column), sql.ref(`referenced.${column}`)]);
  const more =
    known.length > 0
      ? sql` || coalesce((SELECT jsonb_build_object(${sql.join(pairs)}) FROM ${sql.table(table)} AS referenced
                          WHERE referenced.id = ${field.sql}), '{}')`
      : sql``;
  return sql`CASE WHEN ${field.sql} IS NOT NULL THEN jsonb_build_object('id', ${field.sql})${more} END`;
}

function toDocument(row: Document): Document {
  const document = withoutNulls(row);
  for (const [key, value] of Object.entries(document)) {
    if (value instanceof Date) document[key] = wireDate(value);
  }
  return document;
}

/** What the caller may see, with the public objects unless the request says otherwise. */
function visible(scope: Scope, { rights }: Entity, request: Request): Condition {
  const { company } = scope.caller;
  const isPublic = request.allow_public !== false;
  if (rights) return readable(scope, rights, { public: isPublic });
  const companies = isPublic ? [company, ''] : [company];
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
