import { type SqlBool, sql } from 'kysely';
import { type Call, type Endpoint, read } from '../../clearml/endpoint.ts';
import { ClearmlError } from '../../clearml/errors.ts';
import { findDocument, findDocuments, findExpanded } from '../../clearml/query/index.ts';
import { readable } from '../../clearml/rights.ts';
import { inProjectTree, projectFilter } from '../projects/index.ts';
import { forVersion } from './compatibility.ts';
import { tasks } from './entity.ts';

export const listEndpoints: Endpoint[] = [
  read('tasks.get_by_id', async (call, { task: id, ...rest }) => {
    // Not in the protocol's schema, but our agent and console read a running task's status with it.
    const { only_fields } = rest as { only_fields?: string[] };
    const task = await findDocument(call, tasks, id, only_fields);
    if (!task) throw new ClearmlError('invalid_task_id', `id=${id}`);
    return { task: forVersion(call.version, task) };
  }),

  read('tasks.get_all', (call, request) => list(call, { ...request }, findDocuments)),

  read('tasks.get_all_ex', (call, request) => list(call, { ...request }, findExpanded)),

  // One page of `get_all_ex` by another name: the web asks it for ids.
  read('tasks.get_by_id_ex', async (call, request) => {
    const { tasks: found } = await list(call, { ...request }, findExpanded);
    return { tasks: found };
  }),

  // The types in use; with projects, those of the projects and of all below them.
  read('tasks.get_types', async (call, { projects = [] }) => {
    const within = projects.length > 0 ? inProjectTree('project', projects) : sql<SqlBool>`true`;
    const rows = await call.db
      .selectFrom('tasks')
      .select('type')
      .distinct()
      .where(within)
      .where(readable(call, 'tasks'))
      .orderBy('type')
      .execute();
    return { types: rows.map(({ type }) => type) };
  }),
];

async function list(call: Call, request: Record<string, unknown>, find: typeof findDocuments) {
  const { filter, extra } = projectFilter(request);
  const { documents, scrollId } = await find(call, tasks, filter, extra);
  return {
    tasks: documents.map((task) => forVersion(call.version, task)),
    ...(scrollId && { scroll_id: scrollId }),
  };
}
