import { type Endpoint, read, type Scope, write } from '../../clearml/endpoint.ts';
import { ClearmlError } from '../../clearml/errors.ts';
import { findExpanded } from '../../clearml/query/index.ts';
import { wireFields } from '../../clearml/wire.ts';
import {
  changeStatus,
  createTask,
  deleteTask,
  stamps,
  type TaskChanges,
  type TaskRow,
  taskName,
  writeTask,
} from '../tasks/index.ts';
import { lockReport, reportsFolder } from './reports.ts';
import { inReportsOf, isReport, reports, reportTags } from './store.ts';
import { taskData } from './task-data.ts';

const archivedTag = 'archived';

const editEndpoints: Endpoint[] = [
  write('reports.create', async (call, { name, project, tags, comment, report, report_assets }) => {
    const folder = await reportsFolder(call, { project });
    const content = { name, type: 'report', project: folder, tags, comment, system_tags: ['reports'] };
    const id = await createTask(call, content);
    await writeTask(call, id, { report, report_assets, ...stamps(call) });
    return { id, project_id: folder };
  }),

  write('reports.update', async (call, { task: id, name, ...request }) => {
    const task = await lockReport(call, id);
    const { tags, comment, report, report_assets } = request;
    const given = {
      name: name === undefined ? undefined : taskName(name),
      tags,
      comment,
      report,
      report_assets,
    };
    const fields = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
    if (Object.keys(fields).length === 0) return { updated: 0, fields: {} };
    requireDraft(task, fields);
    const changes: TaskChanges = { ...fields, ...stamps(call) };
    await writeTask(call, id, changes);
    return { updated: 1, fields: wireFields(changes) };
  }),

  write('reports.move', async (call, { task: id, project, project_name: name }) => {
    await lockReport(call, id);
    const folder = await reportsFolder(call, { project, name });
    await writeTask(call, id, { project: folder, ...stamps(call) });
    return { project_id: folder };
  }),
];

const lifecycleEndpoints: Endpoint[] = [
  write('reports.publish', async (call, { task: id, comment: message }) => {
    const task = await lockReport(call, id);
    if (task.status === 'published') return { updated: 0, fields: {} };
    // A report is written and not run, so it never completes.
    const change = { status: 'published' as const, message, force: true, changes: { published: call.now } };
    return { updated: 1, fields: wireFields(await changeStatus(call, task, change)) };
  }),

  write('reports.archive', async (call, { task: id, comment }) => {
    const task = await lockReport(call, id);
    const isNew = !task.system_tags.includes(archivedTag);
    if (isNew) await tag(call, task, [...task.system_tags, archivedTag], comment);
    return { archived: isNew ? 1 : 0 };
  }),

  write('reports.unarchive', async (call, { task: id, comment }) => {
    const task = await lockReport(call, id);
    const others = task.system_tags.filter((name) => name !== archivedTag);
    const wasArchived = others.length < task.system_tags.length;
    if (wasArchived) await tag(call, task, others, comment);
    return { unarchived: wasArchived ? 1 : 0 };
  }),

  write('reports.delete', async (call, { task: id, force }) => {
    await lockReport(call, id);
    await deleteTask(call, id, { force: force ?? false, delete_external_artifacts: true });
    return { deleted: 1 };
  }),
];

const listEndpoints: Endpoint[] = [
  read('reports.get_all_ex', async (call, { project, include_subprojects = false, ...request }) => {
    const within = project ? [inReportsOf(project, include_subprojects)] : [];
    const { documents, scrollId } = await findExpanded(call, reports, request, [isReport, ...within]);
    return { tasks: documents, ...(scrollId && { scroll_id: scrollId }) };
  }),

  read('reports.get_tags', async (call) => ({ tags: await reportTags(call) })),

  read('reports.get_task_data', taskData),
];

export const reportsEndpoints: Endpoint[] = [...editEndpoints, ...lifecycleEndpoints, ...listEndpoints];

/** What a published report says must not change; how it is found may. */
function requireDraft(task: TaskRow, fields: object): void {
  const frozen = ['name', 'report', 'report_assets'].filter((name) => name in fields);
  if (task.status === 'created' || frozen.length === 0) return;
  throw new ClearmlError(
    'invalid_task_status',
    `report ${task.id} is ${task.status}: ${frozen.join(', ')} must stay`,
  );
}

async function tag(scope: Scope, task: TaskRow, system_tags: string[], comment?: string): Promise<void> {
  await writeTask(scope, task.id, { system_tags, status_message: comment, ...stamps(scope) });
}
