import { type SqlBool, sql } from 'kysely';
import type { Scope } from '../../clearml/endpoint.ts';
import { ClearmlError } from '../../clearml/errors.ts';
import { readable, writable } from '../../clearml/rights.ts';
import { json } from '../../platform/database.ts';
import { newId } from '../../platform/ids.ts';

/** A fact about a model, kept under its key. */
export interface MetadataItem {
  key: string;
  type: string;
  value: string;
}
export type Metadata = Record<string, MetadataItem>;

/** What a client may set of a model. An empty project, parent or task is none. */
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
  metadata?: Metadata | undefined;
  ui_cache?: Record<string, unknown> | undefined;
  created?: Date | undefined;
}

const documents = ['labels', 'design', 'metadata', 'ui_cache'] as const;
const references = ['project', 'parent', 'task'] as const;

/** Only what was given, documents as jsonb. */
function given(properties: ModelProperties): Record<string, unknown> {
  const fields = Object.fromEntries(Object.entries(properties).filter(([, value]) => value !== undefined));
  for (const name of documents) if (name in fields) fields[name] = json(fields[name]);
  for (const name of references) if (fields[name] === '') fields[name] = null;
  return fields;
}

/** Marks when and by whom a model was changed. */
function stamps(scope: Scope) {
  return { last_update: scope.now, last_change: scope.now, last_changed_by: scope.caller.userId };
}

/** Inserts a model of the caller and answers its id. A public one is seen by all and changed by nobody. */
export async function createModel(
  scope: Scope,
  properties: ModelProperties & { name: string; uri: string },
  isPublic = false,
): Promise<string> {
  const id = newId();
  const { userId, company } = scope.caller;
  await scope.db
    .insertInto('models')
    .values({
      id,
      company: isPublic ? '' : company,
      user_id: userId,
      name: properties.name,
      created: scope.now,
      ...stamps(scope),
      ...given(properties),
    })
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

export type ModelRow = Awaited<ReturnType<typeof lockModel>>;

/**
 * Locks all of these models, for a change that is made to all or to none, and answers their ids.
 *
 * @throws ClearmlError 400/201 that names the unknown ones, 403/21 that names those to be read only
 */
export async function lockModels(scope: Scope, ids: readonly string[]): Promise<string[]> {
  const found = await scope.db
    .selectFrom('models')
    .select('id')
    .select(writable(scope, 'models').as('writable'))
    .where(isOneOf(ids))
    .where(readable(scope, 'models'))
    .orderBy('id')
    .forUpdate()
    .execute();
  const known = new Set(found.map(({ id }) => id));
  const unknown = ids.filter((id) => !known.has(id));
  if (unknown.length > 0) throw new ClearmlError('invalid_model_id', `ids=${unknown.join(', ')}`);
  const fixed = found.filter((model) => !model.writable).map(({ id }) => id);
  if (fixed.length > 0)
    throw new ClearmlError('no_write_permission', `public, or shared for reading only: ${fixed.join(', ')}`);
  return [...known];
}

/** Changes what was given and answers it with the dates. How the console draws a model is no news about the model. */
export async function updateModel(
  scope: Scope,
  id: string,
  properties: ModelProperties,
): Promise<Record<string, unknown>> {
  const fields = given(properties);
  const names = Object.keys(fields);
  if (names.length === 0) return {};
  const { last_update, ...change } = stamps(scope);
  const dates = names.every((name) => name === 'ui_cache') ? change : { last_update, ...change };
  await scope.db
    .updateTable('models')
    .set({ ...fields, ...dates })
    .where('id', '=', id)
    .execute();
  const plain = Object.entries(properties).filter(([, value]) => value !== undefined);
  return { ...Object.fromEntries(plain), ...dates };
}

/** Writes the same to all these models, which the caller has locked. */
export async function updateModels(
  scope: Scope,
  ids: readonly string[],
  change: { project: string | null },
): Promise<void> {
  await scope.db
    .updateTable('models')
    .set({ ...change, ...stamps(scope) })
    .where(isOneOf(ids))
    .execute();
}

/** The tags in their order without the removed ones, then those that are new. */
export async function editTags(
  scope: Scope,
  ids: readonly string[],
  column: 'tags' | 'system_tags',
  added: readonly string[],
  removed: readonly string[],
): Promise<void> {
  const tags = sql.ref(column);
  await sql`
    UPDATE models SET last_update = ${scope.now}, last_change = ${scope.now},
      last_changed_by = ${scope.caller.userId},
      ${tags} = ARRAY(
        SELECT tag FROM unnest(${tags} || ${added}::text[]) WITH ORDINALITY AS item (tag, place)
        WHERE tag <> ALL(${removed}::text[]) GROUP BY tag ORDER BY min(place))
    WHERE ${isOneOf(ids)}`.execute(scope.db);
}

/** Marks the models ready that are not yet, as far as the caller may change them. */
export async function publishModels(scope: Scope, ids: readonly string[]): Promise<void> {
  await sql`
    UPDATE models SET ready = true, last_update = ${scope.now}, last_change = ${scope.now},
                      last_changed_by = ${scope.caller.userId}
    WHERE ${isOneOf(ids)} AND ${writable(scope, 'models')} AND NOT ready`.execute(scope.db);
}

/** Name and address of these models, as far as the caller may see them. */
export function findModels(scope: Scope, ids: readonly string[]) {
  return scope.db
    .selectFrom('models')
    .select(['id', 'name', 'uri'])
    .where(isOneOf(ids))
    .where(readable(scope, 'models'))
    .execute();
}

function isOneOf(ids: readonly string[]) {
  return sql<SqlBool>`id = ANY(${ids}::text[])`;
}
