import type { Scope } from '../../clearml/endpoint.ts';
import { ClearmlError } from '../../clearml/errors.ts';
import { ensureChildProject, ensureProject, requireWritableProject } from '../projects/index.ts';
import { lockTask, type TaskRow } from '../tasks/index.ts';

/** Reports of a project lie in a hidden project right below it of this name; those of none in one at the top. */
const folder = '.reports';
const properties = { system_tags: ['reports', 'hidden'] };

/**
 * The id of the hidden project for reports of a project, made when it is missing. Who names such a folder itself means it.
 *
 * @param target a project's id, or the name of one that is made when it is missing; none means the top
 * @throws ClearmlError 400/401 for an unknown project, 403/21 for one to read only
 */
export async function reportsFolder(
  scope: Scope,
  target: { project?: string | undefined; name?: string | undefined } = {},
): Promise<string> {
  const parent = target.project || (target.name && (await ensureProject(scope, target.name)));
  if (!parent) return ensureProject(scope, folder, properties);
  const { id, name } = await requireWritableProject(scope, parent);
  const isFolder = name === folder || name.endsWith(`/${folder}`);
  return isFolder ? id : ensureChildProject(scope, id, folder, properties);
}

/** The report, locked; throws 400/101 when there is none, 400/150 for a task that is no report, 403/21 for one to read only. */
export async function lockReport(scope: Scope, id: string): Promise<TaskRow> {
  const task = await lockTask(scope, id);
  if (task.type === 'report') return task;
  throw new ClearmlError('operation_supported_on_reports_only', `task ${id} is of type ${task.type}`);
}
