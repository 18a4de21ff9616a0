import { type SqlBool, sql } from 'kysely';
import type { Scope } from '../endpoint.ts';
import { isOwned, readable } from '../rights.ts';
import type { Document } from '../wire.ts';
import type { Entity, Reference } from './entity.ts';

/**
 * `only_fields` of an `_ex` request, with the id of each reference of which something is asked: `project.name` answers
 * `{id, name}`.
 */
export function withReferenceIds(entity: Entity, onlyFields: unknown): string[] {
  const asked = [onlyFields ?? []].flat().map(String);
  const paths = [...Object.keys(entity.references ?? {}), ...Object.keys(entity.nestedReferences ?? {})];
  const partial = paths.filter((path) => asked.some((name) => name.startsWith(`${path}.`)));
  return [...asked, ...partial.map((path) => `${path}.id`)];
}

/** Leaves out the references of which a part was asked although there is none: a task without a parent has no `parent`. */
export function withoutEmptyReferences(entity: Entity, document: Document): Document {
  const empty = Object.keys(entity.references ?? {}).filter(
    (name) => document[name] && Object.keys(document[name] as Document).length === 0,
  );
  return Object.fromEntries(Object.entries(document).filter(([name]) => !empty.includes(name)));
}

/**
 * Turns the ids that stand inside documents, such as `execution.queue`, into objects: their id and the columns that were asked
 * for. One statement for each kind of reference of which a column is asked.
 *
 * @param paths the dotted paths of only_fields
 */
export async function expandNested(
  scope: Scope,
  entity: Entity,
  documents: readonly Document[],
  paths: readonly string[],
): Promise<void> {
  for (const [path, reference] of Object.entries(entity.nestedReferences ?? {})) {
    const holders = documents.flatMap((document) => holdersOf(document, path.split('.').slice(0, -1)));
    const key = path.slice(path.lastIndexOf('.') + 1);
    const ids = holders.map((holder) => holder[key]).filter((id) => typeof id === 'string');
    const asked = paths
      .filter((name) => name.startsWith(`${path}.`))
      .map((name) => name.slice(path.length + 1));
    const columns = [...new Set(asked)].filter((name) => reference.columns.includes(name));
    const found = await referencedRows(scope, reference, ids, columns);
    for (const holder of holders) {
      const id = holder[key];
      if (typeof id === 'string') holder[key] = { ...found.get(id), id };
    }
  }
}

/** The objects that hold the reference: one, or all of a list. */
function holdersOf(value: unknown, [head, ...rest]: readonly string[]): Document[] {
  if (Array.isArray(value))
    return value.flatMap((item) => holdersOf(item, head === undefined ? [] : [head, ...rest]));
  if (value === null || typeof value !== 'object') return [];
  const document = value as Document;
  return head === undefined ? [document] : holdersOf(document[head], rest);
}

async function referencedRows(
  scope: Scope,
  { table }: Reference,
  ids: readonly string[],
  columns: readonly string[],
): Promise<Map<string, Document>> {
  if (ids.length === 0 || columns.length === 0) return new Map();
  const { rows } = await sql<{ id: string }>`
    SELECT ${sql.join(['id', ...columns].map((name) => sql.ref(name)))} FROM ${sql.table(table)}
    WHERE id = ANY(${[...new Set(ids)]}::text[]) AND ${mayRead(scope, table)}`.execute(scope.db);
  return new Map(rows.map((row) => [row.id, row]));
}

/** Clients write these ids as they like, so what they lead to is bound to the caller's rights like anything else. */
function mayRead(scope: Scope, table: string) {
  if (isOwned(table)) return readable(scope, table);
  return sql<SqlBool>`company = ANY(${[scope.caller.company, '']}::text[])`;
}
