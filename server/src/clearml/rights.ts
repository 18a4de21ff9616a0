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
  /** What `memberProjects` answered, for a query of many rows: PostgreSQL plans it by how many of them these projects hold. */
  projects?: readonly string[] | undefined;
}

/**
 * The rows the caller may see, as a condition on the table: administrators see all of their company, others what is their own,
 * in a project of theirs, or in one shared with them, with all that lies below; public rows (company '') are seen by all. Agents
 * see the tasks that they run.
 */
export function readable(scope: Scope, table: OwnedTable, options: RightsOptions = {}): RawBuilder<SqlBool> {
  const { alias = table, projects } = options;
  const own = accessible(scope, table, alias, projects ? anyOf(projects) : membership(scope, sql``));
  return options.public === false ? own : sql<SqlBool>`(${column(alias, 'company')} = '' OR ${own})`;
}

/** The rows the caller may change: never public ones, and of a shared project only when the share says so. */
export function writable(
  scope: Scope,
  table: OwnedTable,
  { alias = table }: Pick<RightsOptions, 'alias'> = {},
): RawBuilder<SqlBool> {
  return accessible(scope, table, alias, membership(scope, sql`AND share.can_write`));
}

/** Ids of the projects whose contents the caller may see; undefined for administrators, who see all. Agents see none. */
export async function memberProjects(scope: Scope): Promise<string[] | undefined> {
  const { role, isAgent } = scope.caller;
  if (isAgent) return [];
  if (role === 'admin') return undefined;
  const { rows } = await sql<{ id: string }>`
    SELECT id FROM projects WHERE id ${membership(scope, sql``)}`.execute(scope.db);
  return rows.map(({ id }) => id);
}

/** The tasks that the caller may take from a queue: agents any of their company, others those that they may change. */
export function takeable(scope: Scope): RawBuilder<SqlBool> {
  const { isAgent, company } = scope.caller;
  return isAgent ? sql<SqlBool>`tasks.company = ${company}` : writable(scope, 'tasks');
}

/** An agent's last lines and the end it reports may come after somebody else ended the task. */
const lastWords = sql`interval '10 minutes'`;

/** The tasks that an agent runs, or was given and has not started yet. */
function ofAgent({ caller: { company, userId } }: Scope, alias: string): RawBuilder<SqlBool> {
  const status = column(alias, 'status');
  return sql<SqlBool>`(${column(alias, 'company')} = ${company} AND (
    (${column(alias, 'runner')} = ${userId} AND (${status} = 'in_progress'
      OR ${status} NOT IN ('created', 'queued') AND ${column(alias, 'status_changed')} > now() - ${lastWords}))
    OR EXISTS (SELECT FROM queue_entries AS entry WHERE entry.task_id = ${column(alias, 'id')}
               AND entry.held_until > now() AND split_part(entry.held_by, ':', 1) = ${userId})))`;
}

function accessible(
  scope: Scope,
  table: OwnedTable,
  alias: string,
  isMember: RawBuilder<unknown>,
): RawBuilder<SqlBool> {
  const { company, userId, role, isAgent } = scope.caller;
  if (isAgent) return table === 'tasks' ? ofAgent(scope, alias) : sql<SqlBool>`false`;
  const sameCompany = sql<SqlBool>`${column(alias, 'company')} = ${company}`;
  if (role === 'admin') return sameCompany;
  const project = column(alias, table === 'projects' ? 'id' : 'project');
  return sql<SqlBool>`(${sameCompany} AND (${column(alias, 'user_id')} = ${userId} OR ${project} ${isMember}))`;
}

/** What makes a project one of the person's: own, shared, or below such a one. Stands after a project's id. */
function membership({ caller: { company, userId } }: Scope, share: RawBuilder<unknown>): RawBuilder<unknown> {
  // Uncorrelated on purpose: PostgreSQL evaluates the person's projects once and hashes them.
  return sql`IN (
    SELECT member.id FROM projects AS member
    WHERE member.company = ${company} AND (member.user_id = ${userId}
      OR EXISTS (SELECT FROM projects AS ancestor
                 WHERE ancestor.id = ANY(member.path) AND ancestor.user_id = ${userId})
      OR EXISTS (SELECT FROM project_shares AS share
                 WHERE (share.user_id = ${userId} OR share.user_id IS NULL)
                   AND (share.project_id = member.id OR share.project_id = ANY(member.path)) ${share})))`;
}

function anyOf(ids: readonly string[]): RawBuilder<unknown> {
  return sql`= ANY(${ids}::text[])`;
}

function column(table: string, name: string) {
  return sql.ref(`${table}.${name}`);
}
