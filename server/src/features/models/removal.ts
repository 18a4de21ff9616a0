import { sql } from 'kysely';
import { atLeast } from '../../clearml/contracts.ts';
import { type Endpoint, type Scope, write } from '../../clearml/endpoint.ts';
import { ClearmlError } from '../../clearml/errors.ts';
import { forEachId } from '../../clearml/many.ts';
import { writable } from '../../clearml/rights.ts';
import { editTags, lockModel, type ModelRow } from './store.ts';

export const removalEndpoints: Endpoint[] = [
  write('models.delete', async (call, { model, force }) => {
    const { deleted, url } = await deleteModel(call, model, force);
    return atLeast(call.version, 2, 13) ? { deleted, url } : { deleted };
  }),

  write('models.delete_many', async (call, { ids, force }) =>
    forEachId(call, ids, (id) => deleteModel(call, id, force)),
  ),

  write('models.archive_many', async (call, { ids }) =>
    forEachId(call, ids, async (id) => {
      await lockModel(call, id);
      await editTags(call, [id], 'system_tags', ['archived'], []);
      return { archived: true };
    }),
  ),

  write('models.unarchive_many', async (call, { ids }) =>
    forEachId(call, ids, async (id) => {
      await lockModel(call, id);
      await editTags(call, [id], 'system_tags', [], ['archived']);
      return { unarchived: true };
    }),
  ),
];

/**
 * Deletes a model and answers its address, whose file nobody refers to any more. Tasks that used it and models made from it
 * remember it by its id.
 *
 * @throws ClearmlError 400/205 when tasks use it, 400/206 when the task that made it is published; neither when forced
 */
export async function deleteModel(
  scope: Scope,
  id: string,
  force = false,
): Promise<{ deleted: true; url?: string }> {
  const model = await lockModel(scope, id);
  if (!force) await requireUnused(scope, model);
  await markDeleted(scope, model);
  await scope.db.deleteFrom('models').where('id', '=', id).execute();
  return { deleted: true, ...(model.uri !== null && { url: model.uri }) };
}

/** Counts all tasks of the company, also those the caller may not see: they would break all the same. */
async function requireUnused(scope: Scope, { id, task }: ModelRow): Promise<void> {
  const { rows } = await sql<{ users: number; maker: string | null }>`
    SELECT (SELECT count(*) FROM tasks WHERE company = ${scope.caller.company} AND ${hasModel('input', id)}) AS users,
      (SELECT status FROM tasks WHERE id = ${task} AND company = ${scope.caller.company}) AS maker`.execute(
    scope.db,
  );
  const { users = 0, maker } = rows[0] ?? {};
  if (users > 0) {
    const detail = `${users} tasks use model ${id} as their input; force deletes it all the same`;
    throw new ClearmlError('model_in_use', detail, { num_tasks: users });
  }
  if (maker === 'published') {
    const detail = `and is published: task ${task}; force deletes model ${id} all the same`;
    throw new ClearmlError('model_creating_task_exists', detail, { task });
  }
}

/** Replaces the id of a model that goes wherever it is referred to. */
async function markDeleted(scope: Scope, { id, task }: ModelRow): Promise<void> {
  const { company } = scope.caller;
  // The text of a jsonb value is canonical, so this finds the ids and nothing else.
  await sql`
    UPDATE tasks
    SET models = replace(models::text, ${`"model": "${id}"`}, ${`"model": "__DELETED__${id}"`})::jsonb
    WHERE company = ${company} AND (${hasModel('input', id)} OR (id = ${task} AND ${hasModel('output', id)}))`.execute(
    scope.db,
  );
  await sql`UPDATE models SET parent = ${`__DELETED__${id}`} WHERE parent = ${id} AND company = ${company}`.execute(
    scope.db,
  );
}

function hasModel(direction: 'input' | 'output', id: string) {
  return sql`tasks.models->${sql.lit(direction)} @> ${JSON.stringify([{ model: id }])}::jsonb`;
}

/**
 * Deletes the models that a task made and the caller may change, unless they are published or another task's input; answers
 * their ids and addresses.
 */
export async function deleteDraftModels(
  scope: Scope,
  taskId: string,
): Promise<{ id: string; uri: string | null }[]> {
  const { rows } = await sql<{ id: string; uri: string | null }>`
    DELETE FROM models
    WHERE task = ${taskId} AND ${writable(scope, 'models')} AND NOT ready
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
