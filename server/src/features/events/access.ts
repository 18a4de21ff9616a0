import { sql } from 'kysely';
import type { Scope } from '../../clearml/endpoint.ts';
import { ClearmlError } from '../../clearml/errors.ts';
import { readable } from '../../clearml/rights.ts';

/**
 * The names of those tasks, in their order. Asked here and not of the tasks slice, which itself needs this one.
 *
 * @throws invalid_task_id when one does not exist or is another company's
 */
export async function readableTasks(
  scope: Scope,
  ids: readonly string[],
  request: { model_events?: boolean },
): Promise<Map<string, string>> {
  if (request.model_events) {
    throw new ClearmlError('not_supported', 'events of models are not stored yet; ask for those of a task');
  }
  const { rows } = await sql<{ id: string; name: string }>`
    SELECT id, name FROM tasks WHERE id = ANY(${ids}) AND ${readable(scope, 'tasks')}`.execute(scope.db);
  const names = new Map(rows.map(({ id, name }) => [id, name]));
  const missing = ids.find((id) => !names.has(id));
  if (missing !== undefined) throw new ClearmlError('invalid_task_id', `no task ${missing} of yours`);
  return new Map(ids.map((id) => [id, names.get(id) ?? '']));
}
