import type { Kysely } from 'kysely';
import type { Scope } from '../../clearml/endpoint.ts';
import { findTask, lockTask, stopTask } from '../../features/tasks/index.ts';
import { Batches } from '../../platform/batches.ts';
import { inTransaction } from '../../platform/database.ts';
import { sha256 } from '../../platform/ids.ts';
import type { DB } from '../../platform/schema.ts';
import { asPlatform } from '../platform-scope.ts';
import { type Placement, placeAll } from './embedded-placing.ts';
import { glanceAtTasks, stateOfTask } from './embedded-state.ts';
import { findClone } from './find-clone.ts';
import type { Accept, PoolScope, TaskBackend, TaskOrder } from './task-backend.ts';

/** Batches that are under way at once: few connections, and one that somebody keeps waiting does not hold up all calls. */
const lanes = 8;
const maxBatch = 100;

/** Tasks in this platform's own tracking server. */
export class EmbeddedTasks implements TaskBackend {
  readonly #placements: Batches<Placement, unknown>;

  constructor(db: Kysely<DB>) {
    this.#placements = new Batches({ work: (jobs) => placeAll(db, jobs), maxItems: maxBatch });
  }

  /** Calls that come at once are placed in one transaction, which costs hardly more than that of a single call. */
  enqueue<Answer>(scope: PoolScope, order: TaskOrder, accept: Accept<Answer>): Promise<Answer> {
    const lane = Number.parseInt(sha256(order.template).slice(0, 8), 16) % lanes;
    return this.#placements.add(`${lane}`, { scope, order, accept }) as Promise<Answer>;
  }

  find(scope: Scope, id: string) {
    return stateOfTask(asPlatform(scope), id);
  }

  glance(scope: Scope, ids: readonly string[]) {
    return glanceAtTasks(scope, ids);
  }

  cancel(given: PoolScope, callId: string, reason: string): Promise<void> {
    return inTransaction(given.db, async (db) => {
      const scope: Scope = { ...asPlatform(given), db };
      const id = await findClone(db, callId);
      if (id === undefined || !(await findTask(scope, id))) return;
      const { status } = await lockTask(scope, id);
      if (status !== 'queued' && status !== 'in_progress') return;
      // The steps of a pipeline are part of what was called.
      await stopTask(scope, id, { status_reason: reason }, true);
    });
  }
}
