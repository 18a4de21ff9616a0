import { type RawBuilder, type SqlBool, sql } from 'kysely';
import type { Scope } from './endpoint.ts';

/** Tables whose rows belong to a person or to a project. */
export type OwnedTable = 'tasks' | 'models' | 'projects';

export function isOwned(table: string): table is OwnedTable {
  return table === 'tasks' || table === 'models' || table === 'projects';
}

export interface RightsOptions {
  /** Whether public rows (company '') count; they do unless told. */
  public?: boolean;
  /** What the query calls the table, when that is not its name. */
  alias?: string;
}

/**
 * The rows the caller may see, as a condition on the table: administrators see all of their company, others what is their own,
 * in a project of theirs, or in one shared with them, with all that lies below; public rows (company '') are seen by all.
 */
export function readable(scope: Scope, table: OwnedTable, options: RightsOptions = {}): RawBuilder<SqlBool> {
  const { alias = table } = options;
  const own = accessible(scope, table, alias, sql``);
  return options.public === false ? own : sql<SqlBool>`(${column(alias, 'company')} = '' OR ${own})`;
}

/** The rows the caller may change: never public ones, and of a shared project only when the share says so. */
export function writable(
  scope: Scope,
  table: OwnedTable,
  { alias = table }: Pick<RightsOptions, 'alias'> = {},
): RawBuilder<SqlBool> {
  return accessible(scope, table, alias, sql`AND share.can_write`);
}

function accessible(
  { caller: { company, userId, role } }: Scope,
  table: OwnedTable,
  alias: string,
  share: RawBuilder<unknown>,
): RawBuilder<SqlBool> {
  const sameCompany = sql<SqlBool>`${column(alias, 'company')} = ${company}`;
  if (role === 'admin') return sameCompany;
  const project = column(alias, table === 'projects' ? 'id' : 'project');
  // Uncorrelated on purpose: PostgreSQL evaluates the person's projects once and hashes them.
  return sql<SqlBool>`(${sameCompany} AND (${column(alias, 'user_id')} = ${userId} OR ${project} IN (
    SELECT member.id FROM projects AS member
    WHERE member.company = ${company} AND (member.user_id = ${userId}
      OR EXISTS (SELECT FROM projects AS ancestor
                 WHERE ancestor.id = ANY(member.path) AND ancestor.user_id = ${userId})
      OR EXISTS (SELECT FROM project_shares AS share
                 WHERE (share.user_id = ${userId} OR share.user_id IS NULL)
                   AND (share.project_id = member.id OR share.project_id = ANY(member.path)) ${share})))))`;
}

function column(table: string, name: string) {
  return sql.ref(`${table}.${name}`);
}
