import { type Endpoint, read, write } from '../../clearml/endpoint.ts';
import { ClearmlError } from '../../clearml/errors.ts';
import { changePublicity } from '../../clearml/publicity.ts';
import { findDocument, findDocuments } from '../../clearml/query/index.ts';
import { wireFields } from '../../clearml/wire.ts';
import { treeFilter } from './filters.ts';
import {
  ensureProject,
  projectIdByName,
  projectName,
  projects,
  publicNamesakes,
  updateProject,
} from './store.ts';

export const projectEndpoints: Endpoint[] = [
  write('projects.create', async (call, { name, ...properties }) => {
    if (await projectIdByName(call, projectName(name))) {
      throw new ClearmlError('expected_unique_data', `there is a project ${projectName(name)}`, { name });
    }
    return { id: await ensureProject(call, name, properties) };
  }),

  read('projects.get_by_id', async (call, { project: id }) => {
    const project = await findDocument(call, projects, id);
    if (!project) throw new ClearmlError('invalid_project_id', `id=${id}`);
    return { project };
  }),

  read('projects.get_all', async (call, request) => {
    const { filter, extra } = treeFilter(request);
    const { documents, scrollId } = await findDocuments(call, projects, filter, extra);
    return { projects: documents, ...(scrollId && { scroll_id: scrollId }) };
  }),

  write('projects.update', async (call, { project, name, description, tags, system_tags, ...rest }) => {
    const { default_output_destination } = rest;
    const changes = { name, description, tags, system_tags, default_output_destination };
    return { updated: 1, fields: wireFields(await updateProject(call, project, changes)) };
  }),

  write('projects.make_public', async (call, { ids = [] }) => {
    const taken = await publicNamesakes(call, ids);
    if (taken.length > 0) throw new ClearmlError('public_project_exists', taken.join(', '));
    return mine(await changePublicity(call, 'projects', ids, true));
  }),

  write('projects.make_private', async (call, { ids = [] }) =>
    mine(await changePublicity(call, 'projects', ids, false)),
  ),
];

function mine({ updated, refused }: Awaited<ReturnType<typeof changePublicity>>) {
  if (refused.length > 0)
    throw new ClearmlError('invalid_project_id', `unknown, or not yours: ${refused.join(', ')}`);
  return { updated };
}
