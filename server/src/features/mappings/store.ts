import { type Insertable, type RawBuilder, type Selectable, sql, type Updateable } from 'kysely';
import type { Scope } from '../../clearml/endpoint.ts';
import { brokenUnique } from '../../platform/database.ts';
import { newId } from '../../platform/ids.ts';
import type { DB } from '../../platform/schema.ts';
import { recordMapping } from './changes.ts';
import { MappingError } from './errors.ts';

export type MappingTable = 'task_mappings' | 'endpoint_mappings' | 'machine_mappings';

type Row<Table extends MappingTable> = Omit<Insertable<DB[Table]>, 'id' | 'company' | 'created' | 'updated'>;
/** Values, or expressions for them. */
type Columns<Table extends MappingTable> = {
  [Name in keyof Row<Table>]: Row<Table>[Name] | RawBuilder<never>;
};

// Kysely cannot type a statement over a table parameter. These statements only name columns that all three tables have, so
// they are typed for one of them and cast at the edges.
type Any = 'task_mappings';

/** The new row's id; the audit list has it too. @throws MappingError `conflict` when a value is taken */
export async function insert<Table extends MappingTable>(
  scope: Scope,
  table: Table,
  columns: Columns<Table>,
): Promise<string> {
  const { db, caller, now } = scope;
  const row = { ...columns, id: newId(), company: caller.company, created: now, updated: now };
  const after = await db
    .insertInto(table as Any)
    .values(row as unknown as Insertable<DB[Any]>)
    .returningAll()
    .executeTakeFirstOrThrow()
    .catch(rethrow);
  await recordMapping(scope, table, 'create', { after });
  return after.id;
}

/** The row, kept from other writers until the transaction ends. */
export async function lock<Table extends MappingTable>({ db, caller }: Scope, table: Table, id: string) {
  const row = await db
    .selectFrom(table as Any)
    .selectAll()
    .where('id', '=', id)
    .where('company', '=', caller.company)
    .forUpdate()
    .executeTakeFirst();
  return row as unknown as Selectable<DB[Table]> | undefined;
}

/** Changes a row that is locked; the audit list says what differs. @throws MappingError `conflict` when a value is taken */
export async function update<Table extends MappingTable>(
  scope: Scope,
  table: Table,
  before: Selectable<DB[Table]>,
  columns: Columns<Table>,
): Promise<void> {
  const { id } = before as unknown as Selectable<DB[Any]>;
  const after = await scope.db
    .updateTable(table as Any)
    .set({ ...columns, updated: scope.now } as unknown as Updateable<DB[Any]>)
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirstOrThrow()
    .catch(rethrow);
  await recordMapping(scope, table, 'update', { before, after });
}

/** Takes a row that is locked out of its table, with its consumer keys. */
export async function remove({ db }: Scope, table: MappingTable, id: string): Promise<void> {
  await db
    .deleteFrom(table as Any)
    .where('id', '=', id)
    .execute();
}

/** The mappings of a task, whatever its state. */
export async function mappingsOf<Table extends MappingTable>(
  { db, caller }: Scope,
  table: Table,
  taskId: string,
) {
  const column = table === 'task_mappings' ? 'task_id' : 'serving_task_id';
  const rows = await db
    .selectFrom(table as Any)
    .selectAll()
    .where('company', '=', caller.company)
    .where(sql.ref(column), '=', taskId)
    .execute();
  return rows as unknown as Selectable<DB[Table]>[];
}

/** Keeps a public id that an older system gave out; answers the task that it stands for, which may be another. */
export async function keepPublicId(
  { db, caller }: Scope,
  publicId: string,
  taskId: string,
): Promise<{ isNew: boolean; task: string }> {
  const { company } = caller;
  const { numInsertedOrUpdatedRows } = await db
    .insertInto('former_public_ids')
    .values({ company, public_id: publicId, task_id: taskId })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  const { task_id: task } = await db
    .selectFrom('former_public_ids')
    .select('task_id')
    .where('company', '=', company)
    .where('public_id', '=', publicId)
    .executeTakeFirstOrThrow();
  return { isNew: (numInsertedOrUpdatedRows ?? 0n) > 0n, task };
}

/** The aliases in use that start with `prefix`, a slug. */
export async function aliases(
  { db, caller }: Scope,
  table: 'task_mappings' | 'endpoint_mappings',
  prefix: string,
): Promise<Set<string>> {
  const rows = await db
    .selectFrom(table)
    .select('alias')
    .where('company', '=', caller.company)
    .where('alias', 'like', `${prefix}%`)
    .execute();
  return new Set(rows.map(({ alias }) => alias));
}

/** The field and the words for each UNIQUE constraint of migrations/0003-gateway.sql. */
const taken: Record<string, [field: string, message: string]> = {
  task_mappings_alias: ['alias', 'alias is taken by another task mapping'],
  task_mappings_task_id: ['task_id', 'task_id is mapped already; edit that mapping instead'],
  endpoint_mappings_alias: ['alias', 'alias is taken by another endpoint mapping'],
  endpoint_mappings_endpoint: ['endpoint', 'endpoint of this serving task is mapped already'],
  machine_mappings_base_url: ['base_url', 'base_url is registered for this serving task already'],
};

/** What a broken UNIQUE constraint means to a person. */
export function rethrow(error: unknown): never {
  const conflict = taken[brokenUnique(error) ?? ''];
  throw conflict ? new MappingError('conflict', ...conflict) : error;
}
