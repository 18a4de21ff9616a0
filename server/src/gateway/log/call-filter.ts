import type { CallStatus } from '@arno/protocol';
import { type RawBuilder, type SqlBool, sql } from 'kysely';
import type { Scope } from '../../clearml/endpoint.ts';
import type { ConsumerKey } from '../identity/caller.ts';
import type { CallKind } from './call.ts';

/** Which calls of the log are meant; all conditions together. */
export interface CallFilter {
  kind?: CallKind | undefined;
  status?: CallStatus | undefined;
  outcome?: 'accepted' | 'ok' | 'failed' | undefined;
  httpStatus?: number | undefined;
  mappingId?: string | undefined;
  /** Base URL of a serving machine; not for end users. */
  machine?: string | undefined;
  userId?: string | undefined;
  keyId?: string | undefined;
  /** Made at or after this instant, and before the other. */
  from?: Date | undefined;
  to?: Date | undefined;
  /** Found anywhere in what the caller may see of names and errors, whatever its case; or the beginning of the id of a call or clone. */
  q?: string | undefined;
  ids?: readonly string[] | undefined;
}

type Condition = RawBuilder<SqlBool>;

/**
 * The calls that the caller may read: an admin all, also those that nobody could be found for; a developer those of the company; an
 * end user the own; a consumer key those made with it.
 */
export function visibleCalls({ caller }: Pick<Scope, 'caller'>, table = 'calls'): Condition {
  const column = (name: string) => sql.ref(`${table}.${name}`);
  const { key } = caller as { key?: ConsumerKey };
  if (key) return sql`${column('key_id')} = ${key.id}`;
  switch (caller.role) {
    case 'admin':
      return sql`${column('company')} IN (${caller.company}, '')`;
    case 'developer':
      return sql`${column('company')} = ${caller.company}`;
    case 'user':
      return sql`${column('user_id')} = ${caller.userId}`;
  }
}

/** The rows of `calls` that the caller may read and that the filter lets through. */
export function filteredCalls(scope: Scope, filter: CallFilter): Condition {
  const { kind, status, outcome, httpStatus, mappingId, machine, userId, keyId, from, to, q, ids } = filter;
  const equals = Object.entries({
    kind,
    status,
    outcome,
    http_status: httpStatus,
    mapping_id: mappingId,
    machine,
    user_id: userId,
    key_id: keyId,
  }).filter(([, value]) => value !== undefined);
  const conditions: Condition[] = [
    visibleCalls(scope),
    ...equals.map(([column, value]): Condition => sql`${sql.ref(`calls.${column}`)} = ${value}`),
  ];
  if (from) conditions.push(sql`calls.created >= ${from}`);
  if (to) conditions.push(sql`calls.created < ${to}`);
  if (q) conditions.push(containsText(scope, q));
  if (ids) conditions.push(sql`calls.id = ANY(${[...ids]}::text[])`);
  return sql`(${sql.join(conditions, sql` AND `)})`;
}

// Expressions of the trigram indexes in 0015-call-log.sql: written in another way they would not be found by them.
const words = concatenated(
  'alias',
  'public_id',
  'endpoint',
  'queue',
  'clone_name',
  'caller',
  'error_code',
  'error',
);
const internals = concatenated('machine', 'task_id', 'error_detail');

function concatenated(...columns: string[]): RawBuilder<string> {
  const texts = columns.map((column) => sql`coalesce(${sql.ref(`calls.${column}`)}, '')`);
  return sql`(${sql.join(texts, sql` || ' ' || `)})`;
}

/** Who may not see a column must not be able to guess it either. */
function containsText({ caller }: Scope, text: string): Condition {
  const pattern = `%${text.replaceAll(/[\\%_]/g, '\\$&')}%`;
  const found: Condition[] = [sql`${words} ILIKE ${pattern}`];
  if (caller.role !== 'user') found.push(sql`${internals} ILIKE ${pattern}`);
  if (/^[0-9a-f]{4,32}$/i.test(text)) found.push(beginsWith('id', text), beginsWith('clone_id', text));
  return sql`(${sql.join(found, sql` OR `)})`;
}

/** A range and not LIKE, whose use of an index hangs on the collation. No digit of an id comes after f. */
function beginsWith(column: 'id' | 'clone_id', text: string): Condition {
  const beginning = text.toLowerCase();
  const ref = sql.ref(`calls.${column}`);
  return sql`(${ref} >= ${beginning} AND ${ref} < ${`${beginning}g`})`;
}
