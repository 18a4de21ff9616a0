import { sql } from 'kysely';
import type { Scope } from '../../clearml/endpoint.ts';
import { readable } from '../../clearml/rights.ts';

/** With whom a project is shared: a person, or everybody of the company when there is no user. */
export interface ProjectShare {
  userId: string | undefined;
  canWrite: boolean;
}

export interface SharedProject {
  name: string;
  owner: { id: string; name: string | null };
  /** Whether the caller may say with whom the project is shared: its owner and administrators may. */
  isManager: boolean;
  /** Everybody first, then by name. */
  shares: (ProjectShare & { userName: string | null })[];
}

/** A project's owner and its own shares, without those of the projects above it; undefined unless the caller may see it. */
export async function findSharedProject(scope: Scope, id: string): Promise<SharedProject | undefined> {
  const { userId, role, company } = scope.caller;
  const project = await scope.db
    .selectFrom('projects')
    .leftJoin('users', 'users.id', 'projects.user_id')
    .select(['projects.name', 'projects.company', 'projects.user_id as ownerId', 'users.name as ownerName'])
    .where('projects.id', '=', id)
    .where(readable(scope, 'projects'))
    .executeTakeFirst();
  if (!project) return undefined;
  const isManager = project.company === company && (role === 'admin' || project.ownerId === userId);
  const owner = { id: project.ownerId, name: project.ownerName };
  return { name: project.name, owner, isManager, shares: isManager ? await sharesOf(scope, id) : [] };
}

async function sharesOf(scope: Scope, projectId: string): Promise<SharedProject['shares']> {
  const rows = await scope.db
    .selectFrom('project_shares')
    .leftJoin('users', 'users.id', 'project_shares.user_id')
    .select(['user_id', 'can_write', 'users.name'])
    .where('project_id', '=', projectId)
    .orderBy(sql`users.name NULLS FIRST`)
    .orderBy('user_id')
    .execute();
  return rows.map(({ user_id, can_write, name }) => ({
    userId: user_id ?? undefined,
    canWrite: can_write,
    userName: name,
  }));
}

/** The first of these ids that is no user of the caller's company. */
export async function firstUnknownUser(scope: Scope, ids: readonly string[]): Promise<string | undefined> {
  const { rows } = await sql<{ id: string }>`
    SELECT id FROM unnest(${ids}::text[]) AS id
    WHERE id NOT IN (SELECT users.id FROM users WHERE company = ${scope.caller.company}) LIMIT 1`.execute(
    scope.db,
  );
  return rows[0]?.id;
}

/** Replaces a project's shares. The caller has checked who may and whom they name; the handle must be a transaction. */
export async function replaceShares(
  scope: Scope,
  projectId: string,
  shares: readonly ProjectShare[],
): Promise<void> {
  // Two that save at once must not end with a mixture.
  await sql`SELECT FROM projects WHERE id = ${projectId} FOR UPDATE`.execute(scope.db);
  await scope.db.deleteFrom('project_shares').where('project_id', '=', projectId).execute();
  if (shares.length === 0) return;
  const rows = shares.map(({ userId, canWrite }) => ({
    project_id: projectId,
    user_id: userId ?? null,
    can_write: canWrite,
  }));
  await scope.db.insertInto('project_shares').values(rows).execute();
}
