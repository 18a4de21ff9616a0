import { type RawBuilder, type SqlBool, sql } from 'kysely';
import { type Endpoint, read, type Scope } from '../../clearml/endpoint.ts';
import { readable } from '../../clearml/rights.ts';
import { inProjectTree } from '../projects/index.ts';
import { type Page, pageOf } from './pages.ts';

type Condition = RawBuilder<SqlBool>;

/** What occurs in the tasks and models of projects: the choices of the console's filters and columns. */
export const valuesEndpoints: Endpoint[] = [
  read('projects.get_unique_metric_variants', async (call, request) => {
    const table = request.model_metrics ? 'models' : 'tasks';
    const where = within(call, table, { ...request, projects: projectList(request.project) });
    if (request.ids?.length)
      where.push(sql<SqlBool>`${sql.ref(`${table}.id`)} = ANY(${request.ids}::text[])`);
    const { rows } = await sql<object>`
      SELECT DISTINCT metric, metric_hash, variant, variant_hash
      FROM scalar_series JOIN ${sql.table(table)} ON ${sql.ref(`${table}.id`)} = scalar_series.task_id
      WHERE ${sql.join(where, sql` AND `)} ORDER BY metric, variant`.execute(call.db);
    return { metrics: rows };
  }),

  read('projects.get_hyper_parameters', async (call, request) => {
    const where = within(call, 'tasks', { ...request, projects: projectList(request.project) });
    const found = sql`
      SELECT DISTINCT section.key AS section, parameter.key AS name
      FROM tasks, jsonb_each(tasks.hyperparams) AS section, jsonb_each(section.value) AS parameter
      WHERE ${sql.join(where, sql` AND `)}`;
    const { items, total, remaining } = await pageOf<{ section: string; name: string }>(call, found, request);
    return { parameters: items, total, remaining };
  }),

  read('projects.get_hyperparam_values', async (call, { section, name, pattern, ...request }) => {
    const value = sql`tasks.hyperparams #>> ${[section, name, 'value']}::text[]`;
    const like = pattern ? [sql<SqlBool>`${value} ~* ${pattern}`] : [];
    return valuesOf(call, 'tasks', value, request, like);
  }),

  read('projects.get_model_metadata_keys', async (call, request) => {
    const where = within(call, 'models', { ...request, projects: projectList(request.project) });
    const found = sql`
      SELECT DISTINCT key FROM models, jsonb_object_keys(models.metadata) AS key
      WHERE ${sql.join(where, sql` AND `)}`;
    const { items, total, remaining } = await pageOf<{ key: string }>(call, found, request);
    return { keys: items.map(({ key }) => key), total, remaining };
  }),

  read('projects.get_model_metadata_values', async (call, { key, ...request }) =>
    valuesOf(call, 'models', sql`models.metadata #>> ${[key, 'value']}::text[]`, request),
  ),

  read('projects.get_task_parents', async (call, { tasks_state = 'active', task_name, ...request }) => {
    const where = within(call, 'tasks', request);
    where.push(sql<SqlBool>`('archived' = ANY(tasks.system_tags)) = ${tasks_state === 'archived'}`);
    const named = task_name ? sql<SqlBool>`parent.name ~* ${task_name}` : sql<SqlBool>`true`;
    const { rows } = await sql<{ parent: object }>`
      SELECT jsonb_strip_nulls(jsonb_build_object('id', parent.id, 'name', parent.name,
        'project', CASE WHEN place.id IS NOT NULL THEN jsonb_build_object('id', place.id, 'name', place.name) END)) AS parent
      FROM tasks AS parent LEFT JOIN projects AS place ON place.id = parent.project
      WHERE parent.id IN (SELECT tasks.parent FROM tasks WHERE ${sql.join(where, sql` AND `)})
        AND ${readable(call, 'tasks', { alias: 'parent' })} AND ${named}
      ORDER BY parent.name, parent.id`.execute(call.db);
    return { parents: rows.map(({ parent }) => parent) };
  }),

  read('projects.get_user_names', async (call, { entity, ...request }) => {
    const table = entity === 'model' ? 'models' : 'tasks';
    const where = sql.join(within(call, table, request), sql` AND `);
    const { rows } = await sql<object>`
      SELECT id, name FROM users
      WHERE id IN (SELECT user_id FROM ${sql.table(table)} WHERE ${where}) ORDER BY name, id`.execute(
      call.db,
    );
    return { users: rows };
  }),
];

interface Scoped {
  projects?: string[];
  include_subprojects?: boolean;
  allow_public?: boolean;
}

/** The rows of these projects that the caller may see, subprojects included unless told otherwise; no project is all of them. */
function within(scope: Scope, table: 'tasks' | 'models', request: Scoped): Condition[] {
  const { projects = [], include_subprojects = true, allow_public = true } = request;
  const rights = readable(scope, table, { public: allow_public });
  if (projects.length === 0) return [rights];
  const column = `${table}.project`;
  return include_subprojects
    ? [rights, inProjectTree(column, projects)]
    : [rights, sql<SqlBool>`${sql.ref(column)} = ANY(${projects}::text[])`];
}

function projectList(project: string | undefined): string[] {
  return project ? [project] : [];
}

async function valuesOf(
  scope: Scope,
  table: 'tasks' | 'models',
  value: RawBuilder<unknown>,
  request: Scoped & Page,
  more: Condition[] = [],
) {
  const where = [...within(scope, table, request), ...more, sql`${value} IS NOT NULL`];
  const found = sql`SELECT DISTINCT ${value} AS value FROM ${sql.table(table)} WHERE ${sql.join(where, sql` AND `)}`;
  const { items, total } = await pageOf<{ value: string }>(scope, found, request);
  return { total, values: items.map((item) => item.value) };
}
