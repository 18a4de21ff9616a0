import { type RawBuilder, type SqlBool, sql } from 'kysely';
import { ClearmlError } from '../errors.ts';
import { parseDate } from '../wire.ts';
import { type Entity, type Field, fieldAt, filterable } from './entity.ts';
import { listCondition } from './lists.ts';

type Condition = RawBuilder<SqlBool>;
type Request = Readonly<Record<string, unknown>>;

/** Keys of a request that are no filters although a field may have their name. */
const reserved = new Set(['only_fields', 'order_by', 'page', 'page_size', 'filters', 'size', 'method']);

/**
 * The conditions of a `get_all` request, to be joined by AND. Keys that name no field are ignored: clients add their own.
 *
 * @throws ClearmlError 400 when a filter's value has the wrong form
 */
export function conditions(entity: Entity, request: Request): Condition[] {
  const found: Condition[] = [];
  for (const [key, value] of Object.entries(request)) {
    if (value === null || value === undefined || reserved.has(key)) continue;
    const condition = /^_(any|or|all|and)_/.test(key)
      ? multiField(entity, key, value)
      : fieldCondition(entity, key, value);
    if (condition) found.push(condition);
  }
  return [...found, ...namedFilters(entity, request.filters), ...textSearch(entity, request.search_text)];
}

function fieldCondition(entity: Entity, key: string, value: unknown): Condition | undefined {
  const field = fieldAt(entity, key);
  if (!field) return undefined;
  const isPattern = field.kind === 'text' && entity.patterns.includes(key);
  if (isPattern && typeof value === 'string') return value === '' ? undefined : matches(field, value, '~');
  switch (field.kind) {
    case 'boolean':
      return sql<SqlBool>`${filterable(field)} = ${value === true || value === 'true'}`;
    case 'date':
      return dateCondition(field, key, value);
    case 'number':
      return numberCondition(field, key, value);
    case 'text':
    case 'list':
      return listCondition(field, Array.isArray(value) ? value : [value]);
    case 'document':
      return undefined;
  }
}

function matches(field: Field, pattern: string, operator: '~' | '~*'): Condition {
  const target = filterable(field);
  const match = sql.raw(operator);
  if (field.kind !== 'list') return sql<SqlBool>`${target}::text ${match} ${pattern}`;
  return sql<SqlBool>`EXISTS (SELECT FROM unnest(${target}) AS item WHERE item ${match} ${pattern})`;
}

/** `[min, max]` where either may be null, `">…"` and its kin, or a list of those joined by AND. */
function dateCondition(field: Field, key: string, value: unknown): Condition | undefined {
  if (field.kind !== 'date') throw new ClearmlError('validation_error', `${key} holds no date`);
  const items = Array.isArray(value) ? value : [value];
  const plainRange = items.length === 2 && !items.some((item) => /^[<>]/.test(String(item)));
  const parts = items.flatMap((item, index) => {
    if (item === null || item === undefined) return [];
    const [, sign, text] = /^(>=|<=|>|<)?(.*)$/s.exec(String(item)) ?? [];
    const operator = sign ?? (plainRange ? (index === 0 ? '>=' : '<=') : '=');
    const date = parseDate(typeof item === 'number' ? item : text, key);
    return [sql<SqlBool>`${filterable(field)} ${sql.raw(operator)} ${date}`];
  });
  return parts.length > 0 ? sql<SqlBool>`(${sql.join(parts, sql` AND `)})` : undefined;
}

/** `[min, max]` where either may be null, or one number. */
function numberCondition(field: Field, key: string, value: unknown): Condition | undefined {
  const numbers = (Array.isArray(value) ? value : [value, value]).map((item) => {
    if (item === null || item === undefined) return undefined;
    const number = Number(item);
    if (!Number.isFinite(number))
      throw new ClearmlError('validation_error', `${key} must be a number or [min, max]`);
    return number;
  });
  const [min, max] = numbers;
  const target = filterable(field);
  const parts: Condition[] = [];
  if (min !== undefined) parts.push(sql<SqlBool>`${target} >= ${min}`);
  if (max !== undefined) parts.push(sql<SqlBool>`${target} <= ${max}`);
  return parts.length > 0 ? sql<SqlBool>`(${sql.join(parts, sql` AND `)})` : undefined;
}

/** `_any_` / `_or_` and `_all_` / `_and_`: one pattern (case-insensitive here) or date condition over several fields. */
function multiField(entity: Entity, key: string, value: unknown): Condition | undefined {
  const { fields, pattern, datetime } = value as { fields?: unknown; pattern?: unknown; datetime?: unknown };
  if (!Array.isArray(fields) || (pattern === undefined && datetime === undefined)) {
    throw new ClearmlError('validation_error', `${key} needs fields, and pattern or datetime`);
  }
  const parts = fields.flatMap((path) => {
    const field = fieldAt(entity, String(path));
    // A field that no object has matches nothing.
    if (!field) return [sql<SqlBool>`false`];
    const condition =
      pattern === undefined
        ? dateCondition(field, String(path), datetime)
        : matches(field, String(pattern), '~*');
    return condition ? [condition] : [];
  });
  if (parts.length === 0) return undefined;
  const joiner = /^_(any|or)_/.test(key) ? sql` OR ` : sql` AND `;
  return sql<SqlBool>`(${sql.join(parts, joiner)})`;
}

interface NamedFilter {
  any?: { include?: unknown; exclude?: unknown };
  all?: { include?: unknown; exclude?: unknown };
  op?: 'and' | 'or';
}

/** `filters: {field: {any: {include, exclude}, all: {include, exclude}, op}}`. */
function namedFilters(entity: Entity, filters: unknown): Condition[] {
  return Object.entries((filters ?? {}) as Record<string, NamedFilter | null>).flatMap(([path, filter]) => {
    const field = fieldAt(entity, path);
    if (!field || !filter) return [];
    const parts = [group(field, '__$any', filter.any), group(field, '__$all', filter.all)].filter(
      (part) => part !== undefined,
    );
    if (parts.length === 0) return [];
    return [sql<SqlBool>`(${sql.join(parts, filter.op === 'or' ? sql` OR ` : sql` AND `)})`];
  });
}

function group(field: Field, operator: string, values: NamedFilter['any']): Condition | undefined {
  const { include, exclude } = values ?? {};
  const excluded = listOf(exclude).flatMap((value) => ['__$not', value]);
  return listCondition(field, [operator, ...listOf(include), ...excluded]);
}

/** Older versions of the endpoints have no schema for filters, and take what they are given. */
function listOf(value: unknown): unknown[] {
  return value === undefined || value === null ? [] : [value].flat();
}

function textSearch(entity: Entity, text: unknown): Condition[] {
  if (typeof text !== 'string' || text.trim() === '') return [];
  const parts = ['id', 'name', 'comment'].flatMap((name) => {
    const field = entity.fields[name];
    return field ? [sql<SqlBool>`strpos(lower(${filterable(field)}), lower(${text})) > 0`] : [];
  });
  return [sql<SqlBool>`(${sql.join(parts, sql` OR `)})`];
}
