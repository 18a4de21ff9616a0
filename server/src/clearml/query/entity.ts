import { type RawBuilder, sql } from 'kysely';
import type { Scope } from '../endpoint.ts';
import type { OwnedTable } from '../rights.ts';

export type Kind = 'text' | 'number' | 'date' | 'boolean' | 'list' | 'document';

/** A field of the wire as SQL: what is selected, and what conditions and orders look at. */
export interface Field {
  kind: Kind;
  sql: RawBuilder<unknown>;
  /** Where the selected form is costly to build and conditions do not need it. */
  filter?: RawBuilder<unknown>;
  /** A column that is never NULL: an index has its order as it is. */
  required?: true;
}

/** Where a field's id leads, and which of that object's columns may be asked for. Text columns only. */
export interface Reference {
  table: string;
  columns: readonly string[];
}

/**
 * A kind of object that `get_all` lists. The fields' names are the wire's; the filter language, projection and ordering know
 * nothing else of it.
 */
export interface Entity {
  table: string;
  /** Set where rows belong to a person or a project; other tables are bound to the company alone. */
  rights?: OwnedTable;
  /** Fields that hold the id of another object; `get_all_ex` answers them as objects. */
  references?: Readonly<Record<string, Reference>>;
  /** The same for ids inside documents and their lists, by dotted path: `execution.queue`, `models.input.model`. */
  nestedReferences?: Readonly<Record<string, Reference>>;
  fields: Record<string, Field>;
  /** Text fields that a request filters by a regular expression; all other text fields are filtered by lists of values. */
  patterns: readonly string[];
  /** Fields with a path that a plain column or document path does not cover, such as `last_metrics.<md5>.<md5>.value`. */
  special?: (path: readonly string[]) => Field | undefined;
  /** What comes first where a request orders nothing; descending. */
  firstOf?: (scope: Scope) => readonly RawBuilder<unknown>[];
}

/** Builds a field from a column of the entity's table; the column has the wire's name unless told. */
export function column(kind: Kind, name: string): Field {
  return { kind, sql: sql.ref(name) };
}

/** Same-named columns, by kind. */
export function columns(kinds: Partial<Record<Kind, readonly string[]>>): Record<string, Field> {
  return Object.fromEntries(
    Object.entries(kinds).flatMap(([kind, names]) => names.map((name) => [name, column(kind as Kind, name)])),
  );
}

/** The field at a dotted path: a column, or text inside a document. Undefined when the entity has no such field. */
export function fieldAt(entity: Entity, path: string): Field | undefined {
  const parts = path.split('.');
  const special = entity.special?.(parts);
  if (special) return special;
  const [head = '', ...rest] = parts;
  const field = Object.hasOwn(entity.fields, head) ? entity.fields[head] : undefined;
  if (!field || rest.length === 0) return field;
  if (field.kind !== 'document') return undefined;
  return { kind: 'text', sql: sql`(${field.filter ?? field.sql} #>> ${rest}::text[])` };
}

/** What conditions and orders look at. */
export function filterable(field: Field): RawBuilder<unknown> {
  return field.filter ?? field.sql;
}
