import { type RawBuilder, type SqlBool, sql } from 'kysely';
import { type Field, filterable } from './entity.ts';

type Condition = RawBuilder<SqlBool>;

interface Term {
  value: string | null;
  negated: boolean;
}

/** Terms that one operator joins. The implicit group stands before any operator. */
interface Group {
  operator: 'any' | 'all' | 'implicit';
  terms: Term[];
}

const operators: Record<string, 'any' | 'all' | 'not' | 'nop'> = {
  __$all: 'all',
  __$and: 'all',
  __$any: 'any',
  __$or: 'any',
  __$not: 'not',
  __$nop: 'nop',
};

/**
 * Reads the protocol's list filter. Values are joined by OR; `__$all` and `__$any` switch the operator for what follows,
 * `__$not` negates the next value only, and before any operator `-x` excludes x.
 *
 * `["__$all", "a", "b", "__$or", "c", "__$not", "d"]` means a AND b AND (c OR NOT d).
 */
function parseList(values: readonly unknown[]): Group[] {
  const groups: Group[] = [{ operator: 'implicit', terms: [] }];
  let negated = false;
  for (const item of values) {
    const value = item === null ? null : String(item);
    const operator = value === null ? undefined : operators[value];
    const group = groups[groups.length - 1] as Group;
    if (operator === 'any' || operator === 'all') groups.push({ operator, terms: [] });
    else if (operator === 'not') negated = true;
    else if (operator !== 'nop') {
      const legacy = group.operator === 'implicit' && !negated && value?.startsWith('-');
      group.terms.push({
        value: legacy ? value?.slice(1) || null : value,
        negated: negated || legacy === true,
      });
      negated = false;
    }
  }
  return groups.filter((group) => group.terms.length > 0);
}

/** A field's list filter as SQL; undefined when the list holds no value. */
export function listCondition(field: Field, values: readonly unknown[]): Condition | undefined {
  const parts = parseList(values).map((group) => groupCondition(field, group));
  return parts.length > 0 ? sql<SqlBool>`(${sql.join(parts, sql` AND `)})` : undefined;
}

function groupCondition(field: Field, { operator, terms }: Group): Condition {
  if (operator !== 'implicit') {
    const parts = terms.map((term) => termCondition(field, term));
    return sql<SqlBool>`(${sql.join(parts, operator === 'all' ? sql` AND ` : sql` OR `)})`;
  }
  const wanted = terms.filter((term) => !term.negated);
  const parts = terms.filter((term) => term.negated).map((term) => termCondition(field, term));
  if (wanted.length > 0) parts.unshift(anyOf(field, wanted));
  return sql<SqlBool>`(${sql.join(parts, sql` AND `)})`;
}

/** One comparison for all plain values, so that an index can serve it. */
function anyOf(field: Field, terms: readonly Term[]): Condition {
  const values = terms.flatMap(({ value }) => (value === null ? [] : [value]));
  const target = filterable(field);
  const parts: Condition[] = [];
  if (values.length > 0) {
    parts.push(
      field.kind === 'list'
        ? sql<SqlBool>`${target} && ${values}::text[]`
        : sql<SqlBool>`${target}${textual(field)} = ANY(${values}::text[])`,
    );
  }
  if (values.length < terms.length) parts.push(isEmpty(field));
  return sql<SqlBool>`(${sql.join(parts, sql` OR `)})`;
}

function termCondition(field: Field, { value, negated }: Term): Condition {
  const target = filterable(field);
  const match =
    value === null
      ? isEmpty(field)
      : field.kind === 'list'
        ? sql<SqlBool>`${target} @> ${[value]}::text[]`
        : sql<SqlBool>`${target}${textual(field)} = ${value}`;
  // A missing value is not equal to anything, so its negation holds.
  return negated ? sql<SqlBool>`(${match}) IS NOT TRUE` : match;
}

/** The protocol's null: missing or empty. */
function isEmpty(field: Field): Condition {
  const target = filterable(field);
  if (field.kind === 'list') return sql<SqlBool>`coalesce(cardinality(${target}), 0) = 0`;
  if (field.kind === 'text') return sql<SqlBool>`coalesce(${target}, '') = ''`;
  return sql<SqlBool>`${target} IS NULL`;
}

/** Values arrive as text; a column that is not text is compared as text. */
function textual(field: Field): RawBuilder<unknown> {
  return field.kind === 'text' ? sql`` : sql`::text`;
}
