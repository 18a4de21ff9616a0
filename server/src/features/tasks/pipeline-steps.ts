import { atLeast } from '../../clearml/contracts.ts';
import type { Call, Scope } from '../../clearml/endpoint.ts';
import type { TaskRow } from './entity.ts';

/** Whether a call means the steps of a pipeline run too; before 2.30 the protocol did not know the question. */
export function meansSteps(call: Call, request: { include_pipeline_steps?: boolean }): boolean {
  return atLeast(call.version, 2, 30) && request.include_pipeline_steps === true;
}

/** The tasks that a pipeline's controller started; none for any other task. In the order in which they are to be locked. */
export async function pipelineSteps(scope: Scope, controller: TaskRow): Promise<string[]> {
  if (controller.type !== 'controller') return [];
  const rows = await scope.db
    .selectFrom('tasks')
    .select('id')
    .where('parent', '=', controller.id)
    .where('company', '=', controller.company)
    .where('type', '!=', 'controller')
    .orderBy('id')
    .execute();
  return rows.map(({ id }) => id);
}
