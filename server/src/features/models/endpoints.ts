import { type Endpoint, read, write } from '../../clearml/endpoint.ts';
import { ClearmlError } from '../../clearml/errors.ts';
import { findDocument, findDocuments } from '../../clearml/query/index.ts';
import { wireFields } from '../../clearml/wire.ts';
import { inProjectTree, requireProject } from '../projects/index.ts';
import { createModel, lockModel, type ModelProperties, models, updateModel } from './store.ts';

export const modelsEndpoints: Endpoint[] = [
  write('models.create', async (call, request) => {
    await checkProperties(call, request);
    const { name, uri } = request;
    return { id: await createModel(call, { ...picked(request), name, uri }), created: true };
  }),

  write('models.edit', async (call, request) => {
    const { model: id } = request;
    const model = await lockModel(call, id);
    const locked = model.ready && (request.uri !== undefined || request.labels !== undefined);
    if (locked)
      throw new ClearmlError('model_is_ready', `uri and labels of a published model stay; model=${id}`);
    await checkProperties(call, request);
    return { updated: 1, fields: wireFields(await updateModel(call, id, picked(request))) };
  }),

  read('models.get_by_id', async (call, { model: id }) => {
    const model = await findDocument(call, models, id);
    if (!model) throw new ClearmlError('invalid_model_id', `id=${id}`);
    return { model };
  }),

  read('models.get_all', async (call, { include_subprojects, project, ...request }) => {
    const tree = include_subprojects && project ? [inProjectTree('project', project)] : [];
    const filter = tree.length > 0 || !project ? request : { ...request, project };
    const { documents, scrollId } = await findDocuments(call, models, filter, tree);
    return { models: documents, ...(scrollId && { scroll_id: scrollId }) };
  }),
];

async function checkProperties(call: Parameters<typeof requireProject>[0], properties: ModelProperties) {
  if (properties.project) await requireProject(call, properties.project);
  const labels = Object.values(properties.labels ?? {});
  if (new Set(labels).size < labels.length) {
    throw new ClearmlError('validation_error', 'labels must have a number each, without repetition');
  }
}

/** The properties a client may set, whatever else it sent. */
function picked(request: ModelProperties): ModelProperties {
  const { name, uri, comment, framework, project, parent, task, ready, tags, system_tags, labels, design } =
    request;
  return { name, uri, comment, framework, project, parent, task, ready, tags, system_tags, labels, design };
}
