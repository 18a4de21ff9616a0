import { sql } from 'kysely';
import type { Scope } from '../../clearml/endpoint.ts';
import { holdHandingOut, wakeWaiting } from '../queues/index.ts';

/**
 * Has a worker end what it runs and get nothing more, also after it has been started again, until that is undone. Workers of one id
 * that two people run are drained together, as they are one in the statistics.
 *
 * @returns whether it was not drained before
 */
export async function drainWorker(scope: Scope, worker: string): Promise<boolean> {
  await holdHandingOut(scope);
  const { company, userName } = scope.caller;
  const { numInsertedOrUpdatedRows } = await scope.db
    .insertInto('drained_workers')
    .values({ company, worker_id: worker, since: scope.now, user_name: userName })
    .onConflict((conflict) => conflict.columns(['company', 'worker_id']).doNothing())
    .executeTakeFirst();
  return Number(numInsertedOrUpdatedRows) > 0;
}

/** Gives a drained worker tasks again, and wakes it; false when it was not drained. */
export async function undrainWorker(scope: Scope, worker: string): Promise<boolean> {
  const { company } = scope.caller;
  const { numDeletedRows } = await scope.db
    .deleteFrom('drained_workers')
    .where('company', '=', company)
    .where('worker_id', '=', worker)
    .executeTakeFirst();
  const { rows } = await sql<{ id: string }>`
    SELECT DISTINCT unnest(queues) AS id FROM workers WHERE company = ${company} AND worker_id = ${worker}`.execute(
    scope.db,
  );
  await wakeWaiting(
    scope,
    rows.map(({ id }) => id),
  );
  return numDeletedRows > 0n;
}
