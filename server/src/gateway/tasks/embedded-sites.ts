import type { Kysely } from 'kysely';
import type { Scope } from '../../clearml/endpoint.ts';
import { ensureProject, projectIdByName } from '../../features/projects/index.ts';
import { type QueueName, selectQueueByName } from '../../features/queues/index.ts';
import { type CloneSource, selectCloneSource } from '../../features/tasks/index.ts';
import { inTransaction } from '../../platform/database.ts';
import { pipelined } from '../../platform/pipeline.ts';
import type { DB } from '../../platform/schema.ts';
import { GatewayError } from '../errors.ts';
import { platformScope } from '../platform-scope.ts';
import type { PoolScope, TaskOrder } from './task-backend.ts';

/** Where placements take their task from and where they put it. */
export interface Site {
  template: CloneSource;
  queue: QueueName;
  /** Id of the project for clones; undefined leaves them beside their template. */
  project: string | undefined;
}

/** An order and who gave it. */
interface Placed {
  scope: PoolScope;
  order: Pick<TaskOrder, 'template' | 'queue' | 'project'>;
}

/** The same for orders with the same site. */
export function siteKey({ scope, order }: Placed): string {
  return JSON.stringify([scope.caller.company, order.template, order.queue, order.project]);
}

/** Sites as they are now, read in one round trip when no project is named; in the given order, each found or with what it lacks. */
export async function findSites(
  db: Kysely<DB>,
  wanted: readonly Placed[],
): Promise<PromiseSettledResult<Site>[]> {
  const found = await pipelined(
    db,
    wanted.flatMap(({ scope: { caller, now }, order }) => {
      const platform = { ...platformScope(db, caller.company), now };
      return [selectCloneSource(platform, order.template), selectQueueByName(platform, order.queue)];
    }),
  );
  return Promise.allSettled(
    wanted.map(async ({ scope: { caller, now }, order }, index) => {
      const [[template], [queue]] = found.slice(index * 2) as [CloneSource[], QueueName[]];
      if (!template)
        throw new GatewayError('unknown_public_id', 'the task behind this public id no longer exists');
      // Enqueueing by name would make a missing queue, and no agent listens to that one.
      if (!queue) throw unknownQueue(order.queue);
      const owner = asOwner({ ...platformScope(db, caller.company), now }, template);
      const project = order.project === undefined ? undefined : await projectFor(owner, db, order.project);
      return { template, queue, project };
    }),
  );
}

export function unknownQueue(name: string): GatewayError {
  return new GatewayError('unknown_queue', `queue: there is no queue ${name}`);
}

/** A clone runs the program of the template's owner and must read what they may read, so it is theirs. A public template is nobody's. */
export function asOwner(scope: Scope, { company, user_id: userId }: CloneSource): Scope {
  return company === '' ? scope : { ...scope, caller: { ...scope.caller, userId } };
}

/** The project of this name, made when it is missing; it stays also when the call then fails. */
async function projectFor(scope: Scope, pool: Kysely<DB>, name: string): Promise<string> {
  const known = await projectIdByName(scope, name);
  return known ?? inTransaction(pool, (db) => ensureProject({ ...scope, db }, name));
}
