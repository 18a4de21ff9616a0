import { type RawBuilder, type SqlBool, sql } from 'kysely';
import type { Scope } from '../endpoint.ts';
import { ClearmlError } from '../errors.ts';
import { isOwned, readable } from '../rights.ts';
import { type Document, wireDate, withoutNulls } from '../wire.ts';
import { conditions } from './conditions.ts';
import { type Entity, type Field, fieldAt, filterable, type Reference } from './entity.ts';
import { projection } from './projection.ts';
import { expandNested, withoutEmptyReferences, withReferenceIds } from './references.ts';

type Condition = RawBuilder<SqlBool>;
type Request = Readonly<Record<string, unknown>>;

const maxPage = 500;
const maxRefresh = 10 * maxPage;

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
  const onlyFields = expanded ? withReferenceIds(entity, request.only_fields) : request.only_fields;
  const { fields, paths, apply } = projection(entity, onlyFields);
  const { limit, offset, scrolls } = paging(request);
  const { rows } = await sql<Document>`
    SELECT ${selection(scope, entity, fields, expanded ? paths : undefined)} FROM ${sql.table(entity.table)}
    WHERE ${matching(scope, entity, request, extra)}
    ORDER BY ${sql.join(order(scope, entity, request.order_by))}
    LIMIT ${limit} OFFSET ${offset}`.execute(scope.db);
  const whole = rows.map(toDocument);
  if (expanded) await expandNested(scope, entity, whole, paths);
  const projected = whole.map(apply);
  const documents = expanded ? projected.map((item) => withoutEmptyReferences(entity, item)) : projected;
  return scrolls ? { documents, scrollId: scrollId(offset + rows.length) } : { documents };
}

/** How many documents a `get_all` request of any page would answer. */
export async function countDocuments(
  scope: Scope,
  entity: Entity,
  request: Request,
  extra: readonly Condition[] = [],
): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    SELECT count(*) AS count FROM ${sql.table(entity.table)}
    WHERE ${matching(scope, entity, request, extra)}`.execute(scope.db);
  return rows[0]?.count ?? 0;
}

/** What the request asks for, of what the caller may see. */
function matching(scope: Scope, entity: Entity, request: Request, extra: readonly Condition[]): Condition {
  const parts = [
    visible(scope, entity, request),
    ...hidden(request, entity),
    ...conditions(entity, request),
    ...extra,
  ];
  return sql<SqlBool>`${sql.join(parts, sql` AND `)}`;
}

/** The document with this id that the caller may see, all its fields or those asked for. */
export async function findDocument(
  scope: Scope,
  entity: Entity,
  id: string,
  onlyFields?: unknown,
): Promise<Document | undefined> {
  // As a filter, an id such as `__$not` or `-x` would mean all the others.
  const exact = sql<SqlBool>`${(entity.fields.id as Field).sql} = ${id}`;
  const { documents } = await findDocuments(scope, entity, { id: [id], only_fields: onlyFields }, [exact]);
  return documents[0];
}

function selection(
  scope: Scope,
  entity: Entity,
  fields: readonly string[],
  expandedPaths?: readonly string[],
) {
  return sql.join(
    fields.map((name) => {
      const field = entity.fields[name] as Field;
      const reference = expandedPaths && entity.references?.[name];
      const value = reference ? referenced(scope, field, name, reference, expandedPaths) : field.sql;
      return sql`${value} AS ${sql.id(name)}`;
    }),
  );
}

/** The object a field refers to: its id, and the asked columns as far as it exists and the caller may see it. */
function referenced(
  scope: Scope,
  field: Field,
  name: string,
  { table, columns }: Reference,
  paths: readonly string[],
) {
  const mayRead = isOwned(table) ? readable(scope, table, { alias: 'referenced' }) : sql<SqlBool>`true`;
  const asked = paths
    .filter((path) => path.startsWith(`${name}.`))
    .map((path) => path.slice(name.length + 1));
  const known = asked.filter((column) => columns.includes(column));
  const pairs = known.flatMap((column) => [sql.lit(column), sql.ref(`referenced.${column}`)]);
  // The id is read beside the table it leads to, which may have a column of the same name: the parent of a task is a task.
  const more =
    known.length > 0
      ? sql` || coalesce((SELECT jsonb_build_object(${sql.join(pairs)}) FROM (SELECT ${field.sql} AS id) AS own
                          JOIN ${sql.table(table)} AS referenced ON referenced.id = own.id AND ${mayRead}), '{}')`
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

function order(scope: Scope, entity: Entity, orderBy: unknown): RawBuilder<unknown>[] {
  const terms = [orderBy ?? []].flat().flatMap((item) => {
    const [, minus, path = ''] = /^([-+]?)(.*)$/s.exec(String(item)) ?? [];
    const field = fieldAt(entity, path);
    if (!field) return [];
    const target = present(field);
    const direction = sql.raw(`${minus === '-' ? 'DESC' : 'ASC'}${field.required ? '' : ' NULLS LAST'}`);
    const plain = sql`${target} ${direction}`;
    if (field.kind !== 'text' || !path.includes('.')) return [plain];
    // Values inside documents are text; those that are numbers sort as numbers.
    const number = sql`CASE WHEN ${target} ~ '^[-+]?[0-9]+[.]?[0-9]*([eE][-+]?[0-9]{1,3})?$' THEN (${target})::numeric END`;
    return [sql`${number} ${direction}`, plain];
  });
  const first = terms.length === 0 ? (entity.firstOf?.(scope) ?? []) : [];
  return [...first.map((value) => sql`${value} DESC`), ...terms, sql`id`];
}

/** What is ordered by: an empty value counts as missing, and comes last. */
function present(field: Field): RawBuilder<unknown> {
  const target = filterable(field);
  if (field.kind === 'text') return sql`nullif(${target}, '')`;
  return field.kind === 'list' ? sql`nullif(${target}, '{}')` : target;
}

function paging(request: Request): { limit: number; offset: number; scrolls: boolean } {
  const scrolls = request.scroll_id !== undefined || request.size !== undefined;
  if (scrolls) {
    const size = clampPage(request.size);
    const offset = scrollOffset(request.scroll_id);
    if (request.refresh_scroll !== true) return { limit: size, offset, scrolls };
    // A refresh answers all that the scroll has answered so far, as it is now.
    return { limit: Math.min(Math.max(size, offset), maxRefresh), offset: 0, scrolls };
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
