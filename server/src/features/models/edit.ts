import { type Call, type Endpoint, type Scope, write } from '../../clearml/endpoint.ts';
import { ClearmlError } from '../../clearml/errors.ts';
import { changePublicity } from '../../clearml/publicity.ts';
import { parseDate, wireFields } from '../../clearml/wire.ts';
import { ensureProject, requireWritableProject } from '../projects/index.ts';
import { checkProperties, editable, metadataMap, updatable } from './content.ts';
import {
  createModel,
  editTags,
  lockModel,
  lockModels,
  type Metadata,
  type ModelProperties,
  updateModel,
  updateModels,
} from './store.ts';
import { reportIteration } from './tasks.ts';

export const editEndpoints: Endpoint[] = [
  write('models.create', async (call, request) => {
    const properties = editable(request);
    await checkProperties(call, properties);
    const { name, uri } = request;
    return { id: await createModel(call, { ...properties, name, uri }, request.public), created: true };
  }),

  write('models.edit', async (call, request) => {
    const model = await lockModel(call, request.model);
    if (model.ready && (request.uri !== undefined || request.labels !== undefined))
      throw new ClearmlError('model_is_ready', `uri and labels of a published model stay; model=${model.id}`);
    return change(call, model, editable(request), request.iteration);
  }),

  write('models.update', async (call, request) => {
    const model = await lockModel(call, request.model);
    const { ui_cache, created, ...rest } = request;
    const properties = {
      ...updatable(rest),
      ui_cache,
      created: created === undefined ? undefined : parseDate(created, 'created'),
    };
    return change(call, model, properties, request.iteration);
  }),

  write('models.move', async (call, { ids, project, project_name: name }) => {
    if (project === undefined && !name)
      throw new ClearmlError('missing_required_fields', 'project or project_name: where to move the models');
    const target = project === undefined && name ? await ensureProject(call, name) : project;
    if (target) await requireWritableProject(call, target);
    const moved = await lockModels(call, ids);
    // An empty project is none: the model then stands at the top.
    await updateModels(call, moved, { project: target || null });
    return { project_id: target, updated: moved.length };
  }),

  write('models.update_tags', async (call, { ids = [], add_tags = [], remove_tags = [] }) => {
    const models = await lockModels(call, ids);
    await editTags(call, models, 'tags', add_tags, remove_tags);
    return { updated: models.length };
  }),

  write('models.add_or_update_metadata', async (call, { model: id, metadata, replace_metadata }) => {
    const model = await lockModel(call, id);
    const kept = replace_metadata ? {} : (model.metadata as unknown as Metadata);
    await updateModel(call, id, { metadata: { ...kept, ...metadataMap(metadata) } });
    return { updated: 1 };
  }),

  write('models.delete_metadata', async (call, { model: id, keys }) => {
    const model = await lockModel(call, id);
    const kept = Object.entries(model.metadata as unknown as Metadata).filter(([key]) => !keys.includes(key));
    await updateModel(call, id, { metadata: Object.fromEntries(kept) });
    return { updated: 1 };
  }),

  write('models.make_public', async (call, { ids = [] }) => show(call, ids, true)),

  write('models.make_private', async (call, { ids = [] }) => show(call, ids, false)),
];

async function change(
  call: Call,
  model: { id: string; task: string | null },
  properties: ModelProperties,
  iteration: number | undefined,
) {
  await checkProperties(call, properties);
  const fields = await updateModel(call, model.id, properties);
  const task = properties.task ?? model.task;
  if (task && iteration !== undefined) await reportIteration(call, task, iteration);
  return { updated: Object.keys(fields).length > 0 ? 1 : 0, fields: wireFields(fields) };
}

async function show(scope: Scope, ids: readonly string[], toAll: boolean) {
  const { updated, refused } = await changePublicity(scope, 'models', ids, toAll);
  if (refused.length > 0)
    throw new ClearmlError('invalid_model_id', `unknown, or not yours: ${refused.join(', ')}`);
  return { updated };
}
