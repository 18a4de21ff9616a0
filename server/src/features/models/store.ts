import { sql } from 'kysely';
import type { Scope } from '../../clearml/endpoint.ts';
import { ClearmlError } from '../../clearml/errors.ts';
import { column, columns, type Entity } from '../../clearml/query/index.ts';
import { readable, writable } from '../../clearml/rights.ts';
import { json } from '../../platform/database.ts';
import { newId } from '../../platform/ids.ts';

export const models: Entity = {
  table: 'models',
  rights: 'models',
  references: {
    user: { table: 'users', columns: ['name'] },
    project: { table: 'projects', columns: ['name', 'basename'] },
    task: { table: 'tasks', columns: ['name', 'project', 'status'] },
    parent: { table: 'models', columns: ['name'] },
  },
  fields: {
    ...columns({
      text: ['id', 'company', 'name', 'project', 'task', 'parent', 'uri', 'framework', 'comment'],
      date: ['created', 'last_update', 'last_change'],
      list: ['tags', 'system_tags'],
      document: ['labels', 'design', 'metadata'],
      boolean: ['ready'],
    }),
    user: column('text', 'user_id'),
  },
  patterns: ['name', 'comment'],
};

/** What a client may set of a model. */
export interface ModelProperties {
  name?: string | undefined;
  uri?: string | undefined;
  comment?: string | undefined;
  framework?: string | undefined;
  project?: string | undefined;
  parent?: string | undefined;
  task?: string | undefined;
  ready?: boolean | undefined;
  tags?: string[] | undefined;
  system_tags?: string[] | undefined;
  labels?: Record<string, number> | undefined;
  design?: Record<string, unknown> | undefined;
}

const documents = ['labels', 'design'] as const;

/** Only what was given, documents as jsonb. */
function given(properties: ModelProperties): Record<string, unknown> {
  const fields = Object.fromEntries(Object.entries(properties).filter(([, value]) => value !== undefined));
  for (const name of documents) if (name in fields) fields[name] = json(fields[name]);
  return fields;
}

/** Inserts a model of the caller and answers its id. */
export async function createModel(
  scope: Scope,
  properties: ModelProperties & { name: string; uri: string },
): Promise<string> {
  const id = newId();
  const { userId, company } = scope.caller;
  const dates = {
    created: scope.now,
    last_update: scope.now,
    last_change: scope.now,
    last_changed_by: userId,
  };
  await scope.db
    .insertInto('models')
    .values({ id, company, user_id: userId, name: properties.name, ...dates, ...given(properties) })
    .execute();
  return id;
}

/** The model, locked, if the caller may change it; throws 400/201, or 403/21 for one to read only. */
export async function lockModel(scope: Scope, id: string) {
  const found = await scope.db
    .selectFrom('models')
    .selectAll()
    .select(writable(scope, 'models').as('writable'))
    .where('id', '=', id)
    .where(readable(scope, 'models'))
    .forUpdate()
    .executeTakeFirst();
  if (!found) throw new ClearmlError('invalid_model_id', `id=${id}`);
  const { writable: mayWrite, ...model } = found;
  if (!mayWrite)
    throw new ClearmlError('no_write_permission', `model ${id} is public, or shared for reading only`);
  return model;
}

/** Changes what was given and answers it with the dates. */
export async function updateModel(
  scope: Scope,
  id: string,
  properties: ModelProperties,
): Promise<Record<string, unknown>> {
  const dates = { last_update: scope.now, last_change: scope.now, last_changed_by: scope.caller.userId };
  const fields = given(properties);
  if (Object.keys(fields).length === 0) return {};
  await scope.db
    .updateTable('models')
    .set({ ...fields, ...dates })
    .where('id', '=', id)
    .execute();
  const plain = Object.entries(properties).filter(([, value]) => value !== undefined);
  return { ...Object.fromEntries(plain), ...dates };
}

/** Marks the models ready that are not yet. */
export async function publishModels(scope: Scope, ids: readonly string[]): Promise<void> {
  await sql`
    UPDATE models SET ready = true, last_update = ${scope.now}, last_change = ${scope.now},
                      last_changed_by = ${scope.caller.userId}
    WHERE id = ANY(${ids}::text[]) AND company = ${scope.caller.company} AND NOT ready`.execute(scope.db);
}

/** Deletes the models of a task that are not published nor used as another task's input; answers their ids and addresses. */
export async function deleteDraftModels(
  scope: Scope,
  taskId: string,
): Promise<{ id: string; uri: string | null }[]> {
  const { rows } = await sql<{ id: string; uri: string | null }>`
    DELETE FROM models
    WHERE task = ${taskId} AND company = ${scope.caller.company} AND NOT ready
      AND NOT EXISTS (
        SELECT FROM tasks WHERE tasks.company = ${scope.caller.company}
          AND tasks.models->'input' @> jsonb_build_array(jsonb_build_object('model', models.id)))
    RETURNING id, uri`.execute(scope.db);
  return rows;
}

/** Lets go of the models of a deleted task, as its own deletion leaves the published ones. */
export async function disownModels(scope: Scope, taskId: string): Promise<number> {
  const { numUpdatedRows } = await scope.db
    .updateTable('models')
    .set({ task: `__DELETED__${taskId}` })
    .where('task', '=', taskId)
    .where('company', '=', scope.caller.company)
    .executeTakeFirst();
  return Number(numUpdatedRows);
}

/** Name and address of these models, as far as the caller may see them. */
export function findModels(scope: Scope, ids: readonly string[]) {
  return scope.db
    .selectFrom('models')
    .select(['id', 'name', 'uri'])
    .where('id', 'in', ids.length > 0 ? ids : [''])
    .where(readable(scope, 'models'))
    .execute();
}
