import { sql } from 'kysely';
import { atLeast } from '../../clearml/contracts.ts';
import { type Call, type Endpoint, read, type Scope, write } from '../../clearml/endpoint.ts';
import { ClearmlError } from '../../clearml/errors.ts';
import { type OwnedTable, readable, writable } from '../../clearml/rights.ts';
import { deleteFilesLater } from '../files/index.ts';
import { deleteModel } from '../models/index.ts';
import { inProjectTree, lockProject, lockTree, requireProject } from '../projects/index.ts';
import { deleteTask } from '../tasks/index.ts';

/** What a project and all below it hold; `tasks` are those that are neither reports nor of pipelines or datasets. */
interface Contents {
  tasks: number;
  non_archived_tasks: number;
  models: number;
  non_archived_models: number;
  reports: number;
  non_archived_reports: number;
  /** Pipelines with runs, and datasets with versions, that are not archived. */
  pipelines: number;
  datasets: number;
}

export const contentsEndpoints: Endpoint[] = [
  read('projects.validate_delete', async (call, { project }) => {
    await requireProject(call, project);
    const contents = await contentsOf(call, project);
    if (atLeast(call.version, 2, 26)) return contents;
    const { tasks, non_archived_tasks, models, non_archived_models } = contents;
    return { tasks, non_archived_tasks, models, non_archived_models };
  }),

  write('projects.delete', async (call, { project, force, delete_contents, ...request }) => {
    await lockTree(call, 'moving');
    await lockProject(call, project);
    if (!force) requireEmpty(await contentsOf(call, project));
    // Before 2.26 nobody could say no, and clients deleted the files.
    const withFiles = request.delete_external_artifacts ?? atLeast(call.version, 2, 26);
    const contents = delete_contents ? await deleteContents(call, project, withFiles) : undefined;
    const disassociated = await disassociate(call, project);
    const { numDeletedRows } = await call.db
      .deleteFrom('projects')
      .where(inProjectTree('id', [project]))
      .executeTakeFirst();
    return deletionAnswer(
      call,
      { deleted: Number(numDeletedRows), disassociated_tasks: disassociated },
      contents,
    );
  }),
];

async function contentsOf(scope: Scope, id: string): Promise<Contents> {
  const { rows } = await sql<Contents>`
    WITH kinds AS (
      SELECT project, 'archived' = ANY(system_tags) AS archived, CASE
          WHEN type = 'report' THEN 'report'
          WHEN 'pipeline' = ANY(system_tags) THEN 'pipeline'
          WHEN 'dataset' = ANY(system_tags) THEN 'dataset'
          ELSE 'task' END AS kind
      FROM tasks WHERE ${inProjectTree('project', [id])} AND ${readable(scope, 'tasks')}
      UNION ALL
      SELECT project, 'archived' = ANY(system_tags), 'model'
      FROM models WHERE ${inProjectTree('project', [id])} AND ${readable(scope, 'models')})
    SELECT count(*) FILTER (WHERE kind = 'task') AS tasks,
      count(*) FILTER (WHERE kind = 'task' AND NOT archived) AS non_archived_tasks,
      count(*) FILTER (WHERE kind = 'model') AS models,
      count(*) FILTER (WHERE kind = 'model' AND NOT archived) AS non_archived_models,
      count(*) FILTER (WHERE kind = 'report') AS reports,
      count(*) FILTER (WHERE kind = 'report' AND NOT archived) AS non_archived_reports,
      count(DISTINCT project) FILTER (WHERE kind = 'pipeline' AND NOT archived) AS pipelines,
      count(DISTINCT project) FILTER (WHERE kind = 'dataset' AND NOT archived) AS datasets
    FROM kinds`.execute(scope.db);
  return rows[0] as Contents;
}

/** Throws 400/402, 405, 406 or 413 for what is not archived. */
function requireEmpty(contents: Contents): void {
  const remedy = 'archive or move them, or force';
  const { non_archived_tasks, non_archived_reports, non_archived_models, datasets, pipelines } = contents;
  const tasks = non_archived_tasks + non_archived_reports;
  if (tasks > 0) throw new ClearmlError('project_has_tasks', `${tasks} not archived; ${remedy}`, { tasks });
  if (non_archived_models > 0) {
    const detail = `${non_archived_models} not archived; ${remedy}`;
    throw new ClearmlError('project_has_models', detail, { models: non_archived_models });
  }
  if (datasets > 0)
    throw new ClearmlError('project_has_datasets', `${datasets} with versions; ${remedy}`, { datasets });
  if (pipelines > 0)
    throw new ClearmlError('project_has_pipelines', `${pipelines} with runs; ${remedy}`, { pipelines });
}

interface Deleted {
  tasks: number;
  models: number;
  urls: { model_urls: string[]; event_urls: string[]; artifact_urls: string[] };
}

/** Deletes the tasks and models of the tree that are the caller's to delete, as if each was deleted by force. */
async function deleteContents(scope: Scope, project: string, withFiles: boolean): Promise<Deleted> {
  const deleted: Deleted = {
    tasks: 0,
    models: 0,
    urls: { model_urls: [], event_urls: [], artifact_urls: [] },
  };
  const request = {
    ...{ force: true, delete_output_models: true, return_file_urls: true },
    delete_external_artifacts: withFiles,
  };
  for (const id of await writableIn(scope, 'tasks', project)) {
    const answer = await deleteTask(scope, id, request);
    deleted.tasks += 1;
    deleted.models += answer.deleted_models;
    deleted.urls.model_urls.push(...(answer.urls?.model_urls ?? []));
    deleted.urls.event_urls.push(...(answer.urls?.event_urls ?? []));
    deleted.urls.artifact_urls.push(...(answer.urls?.artifact_urls ?? []));
  }
  for (const id of await writableIn(scope, 'models', project)) {
    const { url } = await deleteModel(scope, id, true);
    deleted.models += 1;
    if (url === undefined) continue;
    deleted.urls.model_urls.push(url);
    if (withFiles) await deleteFilesLater(scope, id, [url]);
  }
  return deleted;
}

async function writableIn(
  scope: Scope,
  table: Exclude<OwnedTable, 'projects'>,
  project: string,
): Promise<string[]> {
  const rows = await scope.db
    .selectFrom(table)
    .select('id')
    .where(inProjectTree('project', [project]))
    .where(writable(scope, table))
    .orderBy('id')
    .execute();
  return rows.map(({ id }) => id);
}

/** Takes what is left out of the tree, also what the caller may not change: it cannot stay in no project's place. */
async function disassociate(scope: Scope, project: string): Promise<number> {
  const { rows } = await sql<{ tasks: number }>`
    WITH freed_models AS (UPDATE models SET project = NULL WHERE ${inProjectTree('project', [project])}),
      freed_tasks AS (UPDATE tasks SET project = NULL WHERE ${inProjectTree('project', [project])} RETURNING 1)
    SELECT count(*) AS tasks FROM freed_tasks`.execute(scope.db);
  return rows[0]?.tasks ?? 0;
}

/** Before 2.13 there was no way to delete contents, nor to answer what became of them. */
function deletionAnswer(
  call: Call,
  counts: { deleted: number; disassociated_tasks: number },
  contents?: Deleted,
) {
  if (!atLeast(call.version, 2, 13)) return counts;
  const {
    tasks = 0,
    models = 0,
    urls = { model_urls: [], event_urls: [], artifact_urls: [] },
  } = contents ?? {};
  return { ...counts, deleted_tasks: tasks, deleted_models: models, urls };
}
