import type { CallStatus } from '@arno/protocol';
import { type RawBuilder, type SqlBool, sql } from 'kysely';
import type { Scope } from '../../clearml/endpoint.ts';
import type { ConsumerKey } from '../identity/caller.ts';
import type { CallKind } from './call.ts';
import { namedLike } from './call-names.ts';

/** Which calls of the log are meant; all conditions together. */
export interface CallFilter {
  kind?: CallKind | undefined;
  /** One, or any of several. */
  status?: CallStatus | readonly CallStatus[] | undefined;
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

export type CallCondition = RawBuilder<SqlBool>;

/**
 * The calls that the caller may read: an admin all, also those that nobody could be found for; a developer those of the company; an
 * end user the own; a consumer key those made with it.
 */
export function visibleCalls({ caller }: Pick<Scope, 'caller'>, table = 'calls'): CallCondition {
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
export async function filteredCalls(scope: Scope, filter: CallFilter): Promise<CallCondition> {
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
  const conditions: CallCondition[] = [
    visibleCalls(scope),
    ...equals.map(
      ([column, value]): CallCondition =>
        sql`${sql.ref(`calls.${column}`)} = ${Array.isArray(value) ? sql`ANY(${value}::text[])` : value}`,
    ),
  ];
  if (from) conditions.push(sql`calls.created >= ${from}`);
  if (to) conditions.push(sql`calls.created < ${to}`);
  if (q) conditions.push(await containsText(scope, q));
  if (ids) conditions.push(sql`calls.id = ANY(${[...ids]}::text[])`);
  return sql`(${sql.join(conditions, sql` AND `)})`;
}

// Expressions of the trigram indexes in 0019-call-log-speed.sql: written in another way they would not be found by them.
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
const hasOwnTexts = sql<SqlBool>`(calls.error IS NOT NULL OR calls.clone_name IS NOT NULL)`;

function concatenated(...columns: string[]): RawBuilder<string> {
  const texts = columns.map((column) => sql`coalesce(${sql.ref(`calls.${column}`)}, '')`);
  return sql`(${sql.join(texts, sql` || ' ' || `)})`;
}

/**
 * Most calls have no text of their own: they are found by the names of their mapping, machine and caller. Who may not see a
 * column must not be able to guess it either.
 */
async function containsText(scope: Scope, text: string): Promise<CallCondition> {
  const pattern = `%${text.replaceAll(/[\\%_]/g, '\\$&')}%`;
  const found: CallCondition[] = [sql`${hasOwnTexts} AND ${words} ILIKE ${pattern}`];
  if (scope.caller.role !== 'user') found.push(sql`${hasOwnTexts} AND ${internals} ILIKE ${pattern}`);
  if (/^[0-9a-f]{4,32}$/i.test(text)) found.push(beginsWith('id', text), beginsWith('clone_id', text));
  for (const [column, ids] of await namedLike(scope, pattern))
    found.push(sql`${sql.ref(`calls.${column}`)} = ANY(${ids}::text[])`);
  return sql`(${sql.join(found, sql` OR `)})`;
}

/** A range and not LIKE, whose use of an index hangs on the collation. No digit of an id comes after f. */
function beginsWith(column: 'id' | 'clone_id', text: string): CallCondition {
  const beginning = text.toLowerCase();
  const ref = sql.ref(`calls.${column}`);
  return sql`(${ref} >= ${beginning} AND ${ref} < ${`${beginning}g`})`;
}
