import { sql } from 'kysely';
import type { Scope } from '../../clearml/endpoint.ts';
import { ClearmlError } from '../../clearml/errors.ts';
import { readable, writable } from '../../clearml/rights.ts';
import { pipelined, type Statement } from '../../platform/pipeline.ts';
import { onlyIf } from './only-if.ts';

/** Events belong to a task or to a model. */
export type OwnerTable = 'tasks' | 'models';

/** Which of the two the ids of a request are; `task` holds a model's id when `model_events` says so. */
function ownerTable(request: { model_events?: boolean }): OwnerTable {
  return request.model_events ? 'models' : 'tasks';
}

/**
 * The names of those tasks or models, in their order. Asked here and not of their slices, which themselves need this one.
 *
 * @throws invalid_task_id or invalid_model_id when one does not exist or is not the caller's to read
 */
export async function readableOwners(
  scope: Scope,
  ids: readonly string[],
  request: { model_events?: boolean } = {},
): Promise<Map<string, string>> {
  const table = ownerTable(request);
  const { rows } = await sql<{ id: string; name: string }>`
    SELECT id, name FROM ${sql.table(table)} WHERE id = ANY(${ids}) AND ${readable(scope, table)}`.execute(
    scope.db,
  );
  const names = new Map(rows.map(({ id, name }) => [id, name]));
  const missing = ids.find((id) => !names.has(id));
  if (missing !== undefined) throw unknownOwner(table, missing);
  return new Map(ids.map((id) => [id, names.get(id) ?? '']));
}

/** What a batch must know of an owner. */
export interface Owner {
  table: OwnerTable;
  /** Published: only events that say so may be added. */
  locked: boolean;
}

/** The ids of tasks and of models that a batch names. */
export type OwnerIds = Record<OwnerTable, readonly string[]>;

/** What locks owners, and reads from what it found whom the caller may write to. */
export interface OwnerLocks {
  statements: Statement[];
  /** The same, failing unless the caller may write to all of them and none is published. */
  unpublished: Statement[];
  /** @param found the rows of the statements */
  owners(found: readonly unknown[][]): Map<string, Owner>;
}

/**
 * Finds those of the ids that the caller may write to. Their rows stay locked until the transaction ends: batches for one owner
 * follow each other (whose value is the last one is then certain), none outlives its owner, and since every batch locks tasks
 * and then models in the order of their ids, no two batches wait for each other in a ring.
 */
export function ownerLocks(scope: Scope, ids: OwnerIds): OwnerLocks {
  const tables = (['tasks', 'models'] as const).filter((table) => ids[table].length > 0);
  const statements = tables.map((table) => {
    const locked = table === 'tasks' ? sql`status IN ('publishing', 'published')` : sql`ready`;
    return sql`
      SELECT id, ${locked} AS locked FROM ${sql.table(table)}
      WHERE id = ANY(${ids[table]}) AND ${writable(scope, table)}
      ORDER BY id FOR NO KEY UPDATE`;
  });
  const unpublished = statements.map((statement, index) => {
    const { length } = ids[tables[index] as OwnerTable];
    const areAll = sql`count(*) FILTER (WHERE NOT locked) = ${length}`;
    return sql`SELECT ${onlyIf(areAll)} FROM (${statement}) AS owner`;
  });
  const owners = (found: readonly unknown[][]) =>
    new Map(
      tables.flatMap((table, index) =>
        (found[index] as { id: string; locked: boolean }[]).map(({ id, locked }) => [id, { table, locked }]),
      ),
    );
  return { statements, unpublished, owners };
}

/** Locks those of the ids that the caller may write to. */
export async function lockOwners(scope: Scope, ids: OwnerIds): Promise<Map<string, Owner>> {
  const locks = ownerLocks(scope, ids);
  return locks.owners(await pipelined(scope.db, locks.statements));
}

/** Locks the one owner whose events a call deletes. @throws when it is not the caller's to write, or published */
export async function lockForDeletion(
  scope: Scope,
  table: OwnerTable,
  id: string,
  allowLocked = false,
): Promise<void> {
  const ids = { tasks: [], models: [], [table]: [id] };
  const owner = (await lockOwners(scope, ids)).get(id);
  if (!owner) throw unknownOwner(table, id);
  if (owner.locked && !allowLocked) {
    throw unknownOwner(table, id, 'it is published: set allow_locked to delete its events all the same');
  }
}

function unknownOwner(table: OwnerTable, id: string, detail?: string): ClearmlError {
  const [code, word] =
    table === 'tasks' ? (['invalid_task_id', 'task'] as const) : (['invalid_model_id', 'model'] as const);
  return new ClearmlError(code, detail ? `${word} ${id}: ${detail}` : `no ${word} ${id} of yours`);
}
