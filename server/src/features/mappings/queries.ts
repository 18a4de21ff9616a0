import { type RawBuilder, type Selectable, type SqlBool, sql } from 'kysely';
import type { Scope } from '../../clearml/endpoint.ts';
import type { DB } from '../../platform/schema.ts';
import type { MappingTable } from './store.ts';

/** A mapping with the name of its task, null when the task is gone. */
export type MappingRow<Table extends MappingTable> = Selectable<DB[Table]> & { task_name: string | null };

export interface ListOptions {
  /** Found anywhere in the texts of a row, whatever its case. */
  q?: string | undefined;
  /** Columns that must have these values; what is undefined is no condition. */
  equals?: Readonly<Record<string, string | undefined>>;
  /** A column or `task_name`, with `-` before it for descending; the newest first without it. */
  order?: string | undefined;
  offset: number;
  limit: number;
}

const columns = {
  task_mappings: {
    task: 'task_id',
    searched: ['alias', 'task_id', 'public_id', 'default_queue', 'description'],
  },
  endpoint_mappings: {
    task: 'serving_task_id',
    searched: ['alias', 'endpoint', 'serving_task_id', 'public_id', 'description'],
  },
  machine_mappings: {
    task: 'serving_task_id',
    searched: ['base_url', 'serving_task_id', 'public_id', 'description'],
  },
} satisfies Record<MappingTable, { task: string; searched: string[] }>;

/** One page of the company's mappings, and how many there are in all. */
export async function listMappings<Table extends MappingTable>(
  scope: Scope,
  table: Table,
  options: ListOptions,
): Promise<{ rows: MappingRow<Table>[]; total: number }> {
  const source = from(scope, table, wanted(table, options));
  const [page, count] = await Promise.all([
    sql<MappingRow<Table>>`SELECT mapping.*, task.name AS task_name ${source}
      ORDER BY ${orderOf(options.order)}, mapping.id LIMIT ${options.limit} OFFSET ${options.offset}`.execute(
      scope.db,
    ),
    sql<{ total: number }>`SELECT count(*) AS total ${source}`.execute(scope.db),
  ]);
  return { rows: page.rows, total: count.rows[0]?.total ?? 0 };
}

function wanted(table: MappingTable, { q = '', equals = {} }: ListOptions): RawBuilder<SqlBool> {
  const texts = columns[table].searched.map((column) => sql.ref(`mapping.${column}`));
  const pattern = `%${q.replaceAll(/[\\%_]/g, '\\$&')}%`;
  const conditions = Object.entries(equals)
    .filter(([, value]) => value !== undefined)
    .map(([column, value]) => sql`${sql.ref(`mapping.${column}`)} = ${value}`);
  const found = sql`concat_ws(' ', task.name, ${sql.join(texts)}) ILIKE ${pattern}`;
  return sql<SqlBool>`(${sql.join([found, ...conditions], sql` AND `)})`;
}

/** The column is one that the route's schema lists. */
function orderOf(order = '-created'): RawBuilder<unknown> {
  const name = order.replace(/^-/, '');
  const column = sql.ref(name === 'task_name' ? 'task.name' : `mapping.${name}`);
  return order.startsWith('-') ? sql`${column} DESC NULLS LAST` : sql`${column}`;
}

export async function findMapping<Table extends MappingTable>(
  scope: Scope,
  table: Table,
  id: string,
): Promise<MappingRow<Table> | undefined> {
  const source = from(scope, table, sql`mapping.id = ${id}`);
  const { rows } = await sql<MappingRow<Table>>`SELECT mapping.*, task.name AS task_name ${source}`.execute(
    scope.db,
  );
  return rows[0];
}

function from(scope: Scope, table: MappingTable, condition: RawBuilder<unknown>) {
  return sql`FROM ${sql.table(table)} AS mapping
    LEFT JOIN tasks AS task ON task.id = ${sql.ref(`mapping.${columns[table].task}`)}
    WHERE mapping.company = ${scope.caller.company} AND ${condition}`;
}
