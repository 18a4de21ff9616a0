import { sql } from 'kysely';
import { type Call, type Endpoint, read } from '../../clearml/endpoint.ts';
import { ClearmlError } from '../../clearml/errors.ts';
import { findDocument, findDocuments, findExpanded } from '../../clearml/query/index.ts';
import { readable } from '../../clearml/rights.ts';
import { inProjectTree, projectFilter } from '../projects/index.ts';
import { forVersion } from './compatibility.ts';
import { models, modelsWithStats } from './entity.ts';

export const listEndpoints: Endpoint[] = [
  read('models.get_by_id', async (call, { model: id }) => ({ model: await modelById(call, id) })),

  read('models.get_by_task_id', async (call, { task: id = '' }) => {
    const task = await call.db
      .selectFrom('tasks')
      .select(sql<string | null>`models->'output'->-1->>'model'`.as('model'))
      .where('id', '=', id)
      .where(readable(call, 'tasks'))
      .executeTakeFirst();
    if (!task) throw new ClearmlError('invalid_task_id', `id=${id}`);
    if (!task.model) throw new ClearmlError('missing_task_fields', `task ${id} has no output model`);
    return { model: await modelById(call, task.model) };
  }),

  read('models.get_by_id_ex', async (call, request) => expanded(call, request)),

  read('models.get_all_ex', async (call, { include_stats, ...request }) =>
    expanded(call, request, include_stats),
  ),

  read('models.get_all', async (call, request) => {
    const { filter, extra } = projectFilter(request);
    const { documents, scrollId } = await findDocuments(call, models, filter, extra);
    return answer(call, documents, scrollId);
  }),

  read('models.get_frameworks', async (call, { projects = [] }) => {
    const tree = projects.length > 0 ? inProjectTree('project', projects) : sql`true`;
    const { rows } = await sql<{ framework: string }>`
      SELECT DISTINCT framework FROM models
      WHERE framework <> '' AND ${readable(call, 'models')} AND ${tree} ORDER BY framework`.execute(call.db);
    return { frameworks: rows.map(({ framework }) => framework) };
  }),
];

async function modelById(call: Call, id: string) {
  const model = await findDocument(call, models, id);
  if (!model) throw new ClearmlError('invalid_model_id', `id=${id}`);
  return forVersion(call.version, model);
}

interface ListRequest extends Record<string, unknown> {
  only_fields?: string[];
}

async function expanded(call: Call, request: ListRequest, withStats = false) {
  const { filter, extra } = projectFilter(request);
  const chosen = filter.only_fields?.length ? { only_fields: [...filter.only_fields, 'stats'] } : {};
  const { documents, scrollId } = withStats
    ? await findExpanded(call, modelsWithStats, { ...filter, ...chosen }, extra)
    : await findExpanded(call, models, filter, extra);
  return answer(call, documents, scrollId);
}

function answer(call: Call, documents: Record<string, unknown>[], scrollId?: string) {
  const found = documents.map((model) => forVersion(call.version, model));
  return { models: found, ...(scrollId && { scroll_id: scrollId }) };
}
