import { sql } from 'kysely';
import { type Endpoint, type Scope, write } from '../../clearml/endpoint.ts';
import { ClearmlError } from '../../clearml/errors.ts';
import { ensureProject, lockProject, lockTree, maxDepth, type ProjectRow, projectName } from './store.ts';

/** Where projects stand: a move or merge takes all that lies below along. */
export const treeEndpoints: Endpoint[] = [
  write('projects.move', async (call, { project: id, new_location }) => {
    await lockTree(call, 'moving');
    const project = await lockProject(call, id);
    const location = new_location ? projectName(new_location) : '';
    if (location === project.name || location.startsWith(`${project.name}/`))
      throw new ClearmlError('project_cannot_be_moved_under_itself', `${project.name} to ${location}`);
    const target = await placeAt(call, location);
    if ((target?.id ?? null) === project.parent)
      throw new ClearmlError(
        'project_source_and_destination_are_the_same',
        `${project.name} is in ${location || '/'}`,
      );
    return { moved: await hang(call, project, target) };
  }),

  write('projects.merge', async (call, { project: id, destination_project: destination }) => {
    await lockTree(call, 'moving');
    const source = await lockProject(call, id);
    const target = destination ? await lockProject(call, destination) : undefined;
    if (target?.id === source.id)
      throw new ClearmlError('project_source_and_destination_are_the_same', `id=${id}`);
    if (target?.path.includes(source.id))
      throw new ClearmlError('project_cannot_be_merged_into_its_child', `${source.name} into ${target.name}`);
    const movedEntities = await moveContents(call, source.id, target?.id ?? null);
    let movedProjects = 0;
    for (const child of await childrenOf(call, source.id)) movedProjects += await hang(call, child, target);
    await call.db.deleteFrom('projects').where('id', '=', source.id).execute();
    return { moved_entities: movedEntities, moved_projects: movedProjects };
  }),
];

/** The project of this name, made if there is none; undefined for the top. */
async function placeAt(scope: Scope, name: string): Promise<ProjectRow | undefined> {
  return name === '' ? undefined : lockProject(scope, await ensureProject(scope, name));
}

/** Puts a project with all below it under another, or at the top; answers how many projects that moved. */
async function hang(scope: Scope, project: ProjectRow, target: ProjectRow | undefined): Promise<number> {
  const path = target ? [...target.path, target.id] : [];
  await requireDepth(scope, project, path.length);
  const name = target ? `${target.name}/${project.basename}` : project.basename;
  const { numAffectedRows } = await sql`
    UPDATE projects SET
      name = ${name} || substr(name, char_length(${project.name}) + 1),
      path = ${path}::text[] || path[${project.path.length + 1}:],
      parent = CASE WHEN id = ${project.id} THEN ${target?.id ?? null} ELSE parent END,
      last_update = ${scope.now}
    WHERE id = ${project.id} OR path @> ARRAY[${project.id}]`.execute(scope.db);
  return Number(numAffectedRows ?? 0);
}

async function requireDepth(scope: Scope, project: ProjectRow, newDepth: number): Promise<void> {
  const { rows } = await sql<{ deepest: number }>`
    SELECT coalesce(max(cardinality(path)), ${project.path.length}::int) AS deepest
    FROM projects WHERE path @> ARRAY[${project.id}]`.execute(scope.db);
  const levels = newDepth + (rows[0]?.deepest ?? 0) - project.path.length + 1;
  if (levels > maxDepth)
    throw new ClearmlError(
      'project_path_exceeds_max',
      `${project.name} would reach ${levels} of ${maxDepth} levels`,
    );
}

async function childrenOf(scope: Scope, id: string): Promise<ProjectRow[]> {
  return scope.db
    .selectFrom('projects')
    .select(['id', 'name', 'basename', 'parent', 'path'])
    .where('parent', '=', id)
    .orderBy('id')
    .forUpdate()
    .execute();
}

async function moveContents(scope: Scope, from: string, to: string | null): Promise<number> {
  const { rows } = await sql<{ moved: number }>`
    WITH moved_tasks AS (UPDATE tasks SET project = ${to}, last_change = ${scope.now} WHERE project = ${from} RETURNING 1),
      moved_models AS (UPDATE models SET project = ${to}, last_change = ${scope.now} WHERE project = ${from} RETURNING 1)
    SELECT (SELECT count(*) FROM moved_tasks) + (SELECT count(*) FROM moved_models) AS moved`.execute(
    scope.db,
  );
  return rows[0]?.moved ?? 0;
}
