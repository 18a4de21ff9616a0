import { type SqlBool, sql } from 'kysely';
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
};

const maxDepth = 10;

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

export async function projectIdByName(scope: Scope, name: string): Promise<string | undefined> {
  const row = await scope.db
    .selectFrom('projects')
    .select('id')
    .where('company', '=', scope.caller.company)
    .where('name', '=', name)
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
  const slash = name.lastIndexOf('/');
  const parent = slash < 0 ? undefined : await ensureProject(scope, name.slice(0, slash), properties);
  return insertProject(scope, name, parent, properties);
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
    ON CONFLICT (company, name) DO UPDATE SET name = excluded.name
    RETURNING id`.execute(scope.db);
  return (rows[0] as { id: string }).id;
}

/** Throws 400/401 unless the project exists and the caller may use it. */
export async function requireProject(scope: Scope, id: string): Promise<void> {
  const row = await scope.db
    .selectFrom('projects')
    .select('id')
    .where('id', '=', id)
    .where(readable(scope, 'projects'))
    .executeTakeFirst();
  if (!row) throw new ClearmlError('invalid_project_id', `id=${id}`);
}

/** Changes what was given; throws 400/401 for an unknown project, 403/21 for a public one, 400/408 for another location. */
export async function updateProject(
  scope: Scope,
  id: string,
  changes: ProjectProperties & { name?: string | undefined },
): Promise<Record<string, unknown>> {
  const row = await scope.db
    .selectFrom('projects')
    .select('name')
    .select(writable(scope, 'projects').as('writable'))
    .where('id', '=', id)
    .where(readable(scope, 'projects'))
    .forUpdate()
    .executeTakeFirst();
  if (!row) throw new ClearmlError('invalid_project_id', `id=${id}`);
  if (!row.writable)
    throw new ClearmlError('no_write_permission', `project ${id} is public, or shared for reading only`);
  const { name: newName, ...rest } = changes;
  const fields = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined));
  if (newName !== undefined) Object.assign(fields, await rename(scope, row.name, projectName(newName)));
  await scope.db
    .updateTable('projects')
    .set({ ...fields, last_update: scope.now })
    .where('id', '=', id)
    .execute();
  return { ...fields, last_update: scope.now };
}

/** Renames all projects below and answers the new name; a rename keeps the parent. */
async function rename(scope: Scope, from: string, to: string): Promise<{ name: string; basename: string }> {
  const location = (name: string) => name.slice(0, Math.max(name.lastIndexOf('/'), 0));
  if (location(from) !== location(to)) throw new ClearmlError('cannot_update_project_location');
  await sql`
    UPDATE projects SET name = ${to} || substr(name, ${from.length + 1})
    WHERE company = ${scope.caller.company} AND starts_with(name, ${`${from}/`})`.execute(scope.db);
  return { name: to, basename: to.split('/').at(-1) ?? to };
}

/** A project's id and those of all projects below it, as a condition on a column that holds a project id. */
export function inProjectTree(columnName: string, ids: readonly string[]) {
  return sql<SqlBool>`${sql.ref(columnName)} IN (
    SELECT id FROM projects WHERE id = ANY(${ids}::text[]) OR path && ${ids}::text[])`;
}
