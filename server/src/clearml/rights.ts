import { type RawBuilder, type SqlBool, sql } from 'kysely';
import type { Scope } from './endpoint.ts';

/** Tables whose rows belong to a person or to a project. */
export type OwnedTable = 'tasks' | 'models' | 'projects';

/**
 * The rows the caller may see, as a condition on the table: administrators see all of their company, others what is their own
 * or in a project shared with them; public rows (company '') are seen by all.
 */
export function readable(
  scope: Scope,
  table: OwnedTable,
  options: { public?: boolean } = {},
): RawBuilder<SqlBool> {
  const own = writableIn(scope, table, sql``);
  return options.public === false ? own : sql<SqlBool>`(${column(table, 'company')} = '' OR ${own})`;
}

/** The rows the caller may change: never public ones, and of a shared project only when the share says so. */
export function writable(scope: Scope, table: OwnedTable): RawBuilder<SqlBool> {
  return writableIn(scope, table, sql`AND share.can_write`);
}

function writableIn(scope: Scope, table: OwnedTable, share: RawBuilder<unknown>): RawBuilder<SqlBool> {
  const { company, userId, role } = scope.caller;
  const sameCompany = sql<SqlBool>`${column(table, 'company')} = ${company}`;
  if (role === 'admin') return sameCompany;
  const project = column(table, table === 'projects' ? 'id' : 'project');
  return sql<SqlBool>`(${sameCompany} AND (${column(table, 'user_id')} = ${userId} OR ${project} IN (
    SELECT member.id FROM projects AS member
    WHERE member.company = ${company} AND (member.user_id = ${userId} OR EXISTS (
      SELECT FROM project_shares AS share
      WHERE (share.user_id = ${userId} OR share.user_id IS NULL)
        AND (share.project_id = member.id OR share.project_id = ANY(member.path)) ${share})))))`;
}

function column(table: OwnedTable, name: string) {
  return sql.ref(`${table}.${name}`);
}
