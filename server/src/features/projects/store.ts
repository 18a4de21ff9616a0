import { type RawBuilder, type SqlBool, sql } from 'kysely';
import type { Scope } from '../../clearml/endpoint.ts';
import { ClearmlError } from '../../clearml/errors.ts';
import { column, columns, type Entity } from '../../clearml/query/index.ts';
import { readable, writable } from '../../clearml/rights.ts';
import { newId } from '../../platform/ids.ts';

export const projects: Entity = {
  table: 'projects',
  rights: 'projects',
  references: {
    user: { table: 'users', columns: ['name'] },
    company: { table: 'companies', columns: ['name'] },
    parent: { table: 'projects', columns: ['name'] },
  },
  fields: {
    ...columns({
      text: ['id', 'company', 'name', 'basename', 'parent', 'description', 'default_output_destination'],
      date: ['created', 'last_update'],
      list: ['tags', 'system_tags', 'path'],
    }),
    user: column('text', 'user_id'),
  },
  patterns: ['name', 'basename', 'description'],
  firstOf: nearest,
};

/**
 * Several people may each have a project of one name, and clients take the first that they find: the own one, then one that they
 * may put something into.
 */
function nearest(scope: Scope): RawBuilder<SqlBool>[] {
  return [sql<SqlBool>`projects.user_id = ${scope.caller.userId}`, writable(scope, 'projects')];
}

export const maxDepth = 10;

export interface ProjectProperties {
  description?: string | undefined;
  tags?: string[] | undefined;
  system_tags?: string[] | undefined;
  default_output_destination?: string | undefined;
}

/** `a / b//c` -> `a/b/c`; throws 400/407 for a name without a part, 400/409 above ten levels. */
export function projectName(text: string): string {
  const parts = text.split('/').map((part) => part.trim());
  const named = parts.filter((part) => part !== '');
  if (named.length === 0) throw new ClearmlError('invalid_project_name', 'a name needs at least one part');
  if (named.length > maxDepth)
    throw new ClearmlError('project_path_exceeds_max', `at most ${maxDepth} levels`);
  return named.join('/');
}

/**
 * The project of this name that the caller may see: the own one before others, and these before those to read only. Names are taken for their owner only
 * (migration 0008), so that nobody learns of a project that is not theirs by failing to create it.
 */
export async function projectIdByName(scope: Scope, name: string): Promise<string | undefined> {
  const row = await scope.db
    .selectFrom('projects')
    .select('id')
    .where('name', '=', name)
    .where(readable(scope, 'projects', { public: false }))
    .orderBy((_row) => sql.join(nearest(scope).map((value) => sql`${value} DESC`)))
    .orderBy('created')
    .orderBy('id')
    .executeTakeFirst();
  return row?.id;
}

/** Creates a project and the parents it lacks, with the same properties; whoever comes second gets the first one's id. */
export async function ensureProject(
  scope: Scope,
  text: string,
  properties: ProjectProperties = {},
): Promise<string> {
  const name = projectName(text);
  const found = await projectIdByName(scope, name);
  if (found) return found;
  await lockTree(scope, 'growing');
  const slash = name.lastIndexOf('/');
  const parent = slash < 0 ? undefined : await ensureProject(scope, name.slice(0, slash), properties);
  if (parent !== undefined) await requireWritableProject(scope, parent);
  return insertProject(scope, name, parent, properties);
}

/**
 * The project of this name right below another one, made when it is missing.
 *
 * @throws ClearmlError 400/401 for an unknown parent, 403/21 for one below which the caller may not create
 */
export async function ensureChildProject(
  scope: Scope,
  parent: string,
  basename: string,
  properties: ProjectProperties = {},
): Promise<string> {
  const found = await scope.db
    .selectFrom('projects')
    .select('id')
    .where('parent', '=', parent)
    .where('basename', '=', basename)
    .where(readable(scope, 'projects'))
    .executeTakeFirst();
  if (found) return found.id;
  await lockTree(scope, 'growing');
  const { name } = await requireWritableProject(scope, parent);
  return insertProject(scope, `${name}/${basename}`, parent, properties);
}

async function insertProject(
  scope: Scope,
  name: string,
  parent: string | undefined,
  properties: ProjectProperties,
): Promise<string> {
  const { rows } = await sql<{ id: string }>`
    INSERT INTO projects (id, company, user_id, name, basename, parent, path, description, created, last_update,
                          tags, system_tags, default_output_destination)
    VALUES (${newId()}, ${scope.caller.company}, ${scope.caller.userId}, ${name}, ${name.split('/').at(-1)},
            ${parent ?? null},
            coalesce((SELECT path || id FROM projects WHERE id = ${parent ?? null}), '{}'),
            ${properties.description ?? ''}, ${scope.now}, ${scope.now},
            ${properties.tags ?? []}, ${properties.system_tags ?? []}, ${properties.default_output_destination ?? null})
    -- a no-op update, so that the row of a concurrent creation is returned
    ON CONFLICT (company, coalesce(parent, user_id), basename) DO UPDATE SET name = excluded.name
    RETURNING id`.execute(scope.db);
  return (rows[0] as { id: string }).id;
}

/**
 * The project, if the caller may put something into it.
 *
 * @throws ClearmlError 400/401 when there is none, 403/21 for one to read only
 */
export async function requireWritableProject(
  scope: Scope,
  id: string,
): Promise<{ id: string; name: string }> {
  const row = await scope.db
    .selectFrom('projects')
    .select(['id', 'name'])
    .select(writable(scope, 'projects').as('writable'))
    .where('id', '=', id)
    .where(readable(scope, 'projects'))
    .executeTakeFirst();
  if (!row) throw new ClearmlError('invalid_project_id', `id=${id}`);
  if (!row.writable)
    throw new ClearmlError('no_write_permission', `project ${id} is public, or shared for reading only`);
  return { id: row.id, name: row.name };
}

/** Throws 400/401 unless the project exists and the caller may see it. */
export async function requireProject(scope: Scope, id: string): Promise<void> {
  const row = await scope.db
    .selectFrom('projects')
    .select('id')
    .where('id', '=', id)
    .where(readable(scope, 'projects'))
    .executeTakeFirst();
  if (!row) throw new ClearmlError('invalid_project_id', `id=${id}`);
}

/** The project, locked, if the caller may change it; throws 400/401, or 403/21 for one to read only. */
export async function lockProject(scope: Scope, id: string) {
  const found = await scope.db
    .selectFrom('projects')
    .select(['id', 'name', 'basename', 'parent', 'path'])
    .select(writable(scope, 'projects').as('writable'))
    .where('id', '=', id)
    .where(readable(scope, 'projects'))
    .forUpdate()
    .executeTakeFirst();
  if (!found) throw new ClearmlError('invalid_project_id', `id=${id}`);
  const { writable: mayWrite, ...project } = found;
  if (!mayWrite)
    throw new ClearmlError('no_write_permission', `project ${id} is public, or shared for reading only`);
  return project;
}

export type ProjectRow = Awaited<ReturnType<typeof lockProject>>;

/**
 * Names and paths repeat those of the parents. Until the transaction ends, nobody creates a project below one that moves, or
 * moves another; projects may be created side by side. Whoever moves says so before it creates.
 */
export async function lockTree(scope: Scope, change: 'growing' | 'moving'): Promise<void> {
  const lock = change === 'moving' ? sql`pg_advisory_xact_lock` : sql`pg_advisory_xact_lock_shared`;
  await sql`SELECT ${lock}(hashtextextended(${`projects of ${scope.caller.company}`}, 0))`.execute(scope.db);
}

/** Changes what was given; throws 400/401 for an unknown project, 403/21 for a public one, 400/408 for another location. */
export async function updateProject(
  scope: Scope,
  id: string,
  changes: ProjectProperties & { name?: string | undefined },
): Promise<Record<string, unknown>> {
  if (changes.name !== undefined) await lockTree(scope, 'moving');
  const row = await lockProject(scope, id);
  const { name: newName, ...rest } = changes;
  const fields = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined));
  if (newName !== undefined)
    Object.assign(fields, await rename(scope, { id, name: row.name }, projectName(newName)));
  await scope.db
    .updateTable('projects')
    .set({ ...fields, last_update: scope.now })
    .where('id', '=', id)
    .execute();
  return { ...fields, last_update: scope.now };
}

/** Renames all projects below and answers the new name; a rename keeps the parent. */
async function rename(
  scope: Scope,
  { id, name: from }: { id: string; name: string },
  to: string,
): Promise<{ name: string; basename: string }> {
  const location = (name: string) => name.slice(0, Math.max(name.lastIndexOf('/'), 0));
  if (location(from) !== location(to)) throw new ClearmlError('cannot_update_project_location');
  await sql`
    UPDATE projects SET name = ${to} || substr(name, char_length(${from}) + 1) WHERE path @> ARRAY[${id}]`.execute(
    scope.db,
  );
  return { name: to, basename: to.split('/').at(-1) ?? to };
}

/** Names of these projects that another public one has already. */
export async function publicNamesakes(scope: Scope, ids: readonly string[]): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`
    SELECT DISTINCT projects.name FROM projects
    JOIN projects AS taken ON taken.name = projects.name AND taken.company = '' AND taken.id <> projects.id
    WHERE projects.id = ANY(${ids}::text[]) AND ${readable(scope, 'projects')}`.execute(scope.db);
  return rows.map(({ name }) => name);
}
