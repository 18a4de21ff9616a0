import { sql } from 'kysely';
import type { Scope } from '../../clearml/endpoint.ts';
import { readable } from '../../clearml/rights.ts';
import { recordChange } from '../audit/index.ts';

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
  project: { id: string; name: string },
  shares: readonly ProjectShare[],
): Promise<void> {
  const { id } = project;
  // Two that save at once must not end with a mixture.
  await sql`SELECT FROM projects WHERE id = ${id} FOR UPDATE`.execute(scope.db);
  const before = { shares: inWords(await sharesOf(scope, id)) };
  await scope.db.deleteFrom('project_shares').where('project_id', '=', id).execute();
  const rows = shares.map(({ userId, canWrite }) => ({
    ...{ project_id: id, user_id: userId ?? null },
    can_write: canWrite,
  }));
  if (rows.length > 0) await scope.db.insertInto('project_shares').values(rows).execute();
  const after = { shares: inWords(await sharesOf(scope, id)) };
  await recordChange(scope, { action: 'update', subject: 'project_shares', ...project, before, after });
}

/** For the audit list: who has which right, by the names they have now. */
function inWords(shares: SharedProject['shares']): Record<string, string> {
  return Object.fromEntries(
    shares.map(({ userId, userName, canWrite }) => [
      userId === undefined ? '*' : `${userName ?? ''} (${userId})`,
      canWrite ? 'write' : 'read',
    ]),
  );
}

export interface ShareSummary {
  id: string;
  name: string;
  ownerId: string;
  ownerName: string | null;
  people: number;
  everybody: boolean;
}

/** Projects whose shares the caller may change, by name: administrators all of the company, others their own. */
export async function listShares(
  { db, caller }: Scope,
  { q, shared = false }: { q?: string | undefined; shared?: boolean | undefined },
  { limit, offset }: { limit: number; offset: number },
): Promise<{ rows: ShareSummary[]; total: number }> {
  let query = db
    .selectFrom('projects')
    .leftJoin('users', 'users.id', 'projects.user_id')
    .where('projects.company', '=', caller.company)
    // The homes of pipelines, datasets and the like are shown by their own pages.
    .where(sql<boolean>`NOT 'hidden' = ANY(projects.system_tags)`);
  if (caller.role !== 'admin') query = query.where('projects.user_id', '=', caller.userId);
  if (shared)
    query = query.where(sql<boolean>`EXISTS (SELECT FROM project_shares WHERE project_id = projects.id)`);
  if (q) {
    query = query.where(sql<boolean>`
      strpos(lower(concat_ws(' ', projects.name, users.name, projects.id)), lower(${q})) > 0`);
  }
  const { total } = await query
    .select(({ fn }) => fn.countAll<number>().as('total'))
    .executeTakeFirstOrThrow();
  const people = sql<number>`(SELECT count(user_id) FROM project_shares WHERE project_id = projects.id)`;
  const everybody = sql<boolean>`EXISTS (
    SELECT FROM project_shares WHERE project_id = projects.id AND user_id IS NULL)`;
  const rows = await query
    .select(['projects.id', 'projects.name', 'projects.user_id as ownerId', 'users.name as ownerName'])
    .select([people.as('people'), everybody.as('everybody')])
    .orderBy('projects.name')
    .orderBy('projects.id')
    .limit(limit)
    .offset(offset)
    .execute();
  return { rows, total };
}
