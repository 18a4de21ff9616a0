import { type SqlBool, sql } from 'kysely';
import { type Endpoint, type Scope, write } from '../../clearml/endpoint.ts';
import { ClearmlError } from '../../clearml/errors.ts';
import { changePublicity } from '../../clearml/publicity.ts';
import { ensureProject, requireWritableProject } from '../projects/index.ts';
import { lockTasks, stamps } from './store.ts';

/** Where tasks stand and who sees them; allowed in any status. Each call changes all its tasks or none. */
export const organizeEndpoints: Endpoint[] = [
  write('tasks.move', async (call, { ids, project, project_name: name }) => {
    if (project === undefined && !name)
      throw new ClearmlError('missing_required_fields', 'project or project_name: where to move the tasks');
    const target = project === undefined && name ? await ensureProject(call, name) : project;
    // An empty project is none: the task then stands at the top.
    if (target) await requireWritableProject(call, target);
    const tasks = await lockTasks(call, ids);
    const changes = { project: target || null, ...stamps(call) };
    await call.db.updateTable('tasks').set(changes).where(isOneOf(tasks)).execute();
    return { project_id: target, updated: tasks.length };
  }),

  write('tasks.update_tags', async (call, { ids = [], add_tags = [], remove_tags = [] }) => {
    const tasks = await lockTasks(call, ids);
    await sql`
      UPDATE tasks SET tags = ${editedTags(add_tags, remove_tags)},
                       last_update = ${call.now}, last_change = ${call.now}, last_changed_by = ${call.caller.userId}
      WHERE ${isOneOf(tasks)}`.execute(call.db);
    return { updated: tasks.length };
  }),

  write('tasks.make_public', (call, { ids = [] }) => publicity(call, ids, true)),

  write('tasks.make_private', (call, { ids = [] }) => publicity(call, ids, false)),
];

async function publicity(scope: Scope, ids: readonly string[], isPublic: boolean) {
  const { updated, refused } = await changePublicity(scope, 'tasks', ids, isPublic);
  if (refused.length > 0)
    throw new ClearmlError('invalid_task_id', `unknown, or not yours: ${refused.join(', ')}`);
  return { updated };
}

function isOneOf(ids: readonly string[]) {
  return sql<SqlBool>`id = ANY(${ids}::text[])`;
}

/** The tags in their order without the removed ones, then those that are new. */
function editedTags(added: readonly string[], removed: readonly string[]) {
  return sql`ARRAY(
    SELECT tag FROM unnest(tasks.tags || ${[...new Set(added)]}::text[]) WITH ORDINALITY AS item (tag, place)
    WHERE tag <> ALL(${removed}::text[]) GROUP BY tag ORDER BY min(place))`;
}
