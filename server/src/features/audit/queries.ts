import { mappingSubjects } from '@arno/protocol';
import { type RawBuilder, type Selectable, type SqlBool, sql } from 'kysely';
import type { Scope } from '../../clearml/endpoint.ts';
import type { DB } from '../../platform/schema.ts';

export type AuditRow = Selectable<DB['audit_entries']>;

export interface AuditFilter {
  subjects?: readonly string[] | undefined;
  subjectId?: string | undefined;
  userId?: string | undefined;
  actions?: readonly string[] | undefined;
  from?: Date | undefined;
  /** Exclusive. */
  to?: Date | undefined;
  /** Part of a name, or of a field before or after. */
  q?: string | undefined;
}

/** The entries that the caller may read: developers those about what they may see anyway. */
function readable(scope: Scope): RawBuilder<SqlBool> {
  const { company, role } = scope.caller;
  const ours = sql<SqlBool>`audit_entries.company = ${company}`;
  if (role === 'admin') return ours;
  if (role === 'developer') return sql`(${ours} AND subject = ANY(${[...mappingSubjects]}))`;
  return sql<SqlBool>`false`;
}

/**
 * Entries of the audit list, the newest first.
 *
 * @param page `before` is the id of the last entry of the page before
 */
export function listEntries(
  scope: Scope,
  filter: AuditFilter,
  { before, limit }: { before?: number | undefined; limit: number },
): Promise<AuditRow[]> {
  const { subjects, subjectId, userId, actions, from, to, q } = filter;
  let query = scope.db.selectFrom('audit_entries').selectAll().where(readable(scope));
  if (before !== undefined) query = query.where(comesAfter(before));
  if (subjects) query = query.where('subject', 'in', [...subjects]);
  if (subjectId) query = query.where('subject_id', '=', subjectId);
  if (userId) query = query.where('user_id', '=', userId);
  if (actions) query = query.where('action', 'in', [...actions]);
  if (from) query = query.where('at', '>=', from);
  if (to) query = query.where('at', '<', to);
  if (q) {
    query = query.where(sql<SqlBool>`
      strpos(lower(concat_ws(' ', subject_name, subject_id, user_name, before::text, after::text)), lower(${q})) > 0`);
  }
  return query.orderBy('at', 'desc').orderBy('id', 'desc').limit(limit).execute();
}

/** What stands below an entry in the list. One comparison of rows: this is what lets an index begin there. */
function comesAfter(id: number): RawBuilder<SqlBool> {
  return sql`(at, id) < ((SELECT place.at FROM audit_entries AS place WHERE place.id = ${id}), ${id}::bigint)`;
}

/** One entry that the caller may read. */
export function findEntry(scope: Scope, id: number): Promise<AuditRow | undefined> {
  return scope.db
    .selectFrom('audit_entries')
    .selectAll()
    .where(readable(scope))
    .where('id', '=', id)
    .executeTakeFirst();
}

/** The names of the people whose ids stand somewhere in these fields, by id. */
export async function namesIn({ db, caller }: Scope, fields: unknown): Promise<Record<string, string>> {
  const ids = new Set(JSON.stringify(fields).match(/(?<=")[0-9a-f]{32}(?=")/g));
  if (ids.size === 0) return {};
  const people = await db
    .selectFrom('users')
    .select(['id', 'name'])
    .where('company', '=', caller.company)
    .where('id', 'in', [...ids])
    .execute();
  return Object.fromEntries(people.map(({ id, name }) => [id, name]));
}

/** Who stands in the list with an account that is still there, by name; at most 200. */
export async function listActors(scope: Scope) {
  return scope.db
    .selectFrom('users')
    .select(['id', 'username', 'name'])
    .where('company', '=', scope.caller.company)
    .where(({ exists, selectFrom }) =>
      exists(
        selectFrom('audit_entries')
          .select('audit_entries.id')
          .whereRef('audit_entries.user_id', '=', 'users.id')
          .where(readable(scope)),
      ),
    )
    .orderBy('name')
    .limit(200)
    .execute();
}
