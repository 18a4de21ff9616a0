import { type Endpoint, read } from '../../clearml/endpoint.ts';
import { ClearmlError } from '../../clearml/errors.ts';
import { findDocument, findDocuments } from '../../clearml/query/index.ts';
import { inProjectTree } from '../projects/index.ts';
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

  read('tasks.get_all', async (call, { include_subprojects, project, ...request }) => {
    const tree = include_subprojects && project ? [inProjectTree('project', project)] : [];
    const filter = tree.length > 0 || !project ? request : { ...request, project };
    const { documents, scrollId } = await findDocuments(call, tasks, filter, tree);
    return {
      tasks: documents.map((task) => forVersion(call.version, task)),
      ...(scrollId && { scroll_id: scrollId }),
    };
  }),
];
