import { type RawBuilder, sql } from 'kysely';
import type { Scope } from '../../clearml/endpoint.ts';

/** Columns of a call by whose names it is found. */
type NamedColumn = 'mapping_id' | 'machine' | 'user_id' | 'key_id';

/**
 * Mappings, callers, and for all but end users machines, that are named like the pattern: their ids by the column of `calls`. A
 * mapping's names are those that it has now, or had when it was last called.
 *
 * @param pattern for ILIKE
 */
export async function namedLike({ db, caller }: Scope, pattern: string): Promise<[NamedColumn, string[]][]> {
  const isInternal = caller.role !== 'user';
  const own = (column: string) => sql`company IN (${caller.company}, '') AND ${sql.ref(column)} <> ''`;
  const like = (...columns: string[]) =>
    sql`(${sql.join(
      columns.map((column) => sql`${sql.ref(column)} ILIKE ${pattern}`),
      sql` OR `,
    )})`;
  const called = (column: NamedColumn, name: string): RawBuilder<unknown> =>
    sql`SELECT ${sql.lit(column)} AS name, ${sql.ref(column)} AS id FROM called WHERE ${own(column)} AND ${like(name)}`;
  const { rows } = await sql<{ name: NamedColumn; ids: string[] }>`
    WITH called AS (
      SELECT company, mapping_id, machine, user_id, key_id, alias, caller FROM call_series
      UNION ALL SELECT company, mapping_id, machine, user_id, key_id, alias, caller FROM call_changes
    ), named AS (
      SELECT 'mapping_id' AS name, id FROM task_mappings
        WHERE ${own('id')} AND ${like('alias', 'public_id', ...(isInternal ? ['task_id'] : []))}
      UNION SELECT 'mapping_id', id FROM endpoint_mappings
        WHERE ${own('id')} AND ${like('alias', 'public_id', 'endpoint', ...(isInternal ? ['serving_task_id'] : []))}
      UNION ${called('mapping_id', 'alias')}
      UNION ${called('user_id', 'caller')}
      UNION ${called('key_id', 'caller')}
      ${isInternal ? sql`UNION ${called('machine', 'machine')}` : sql``}
    )
    SELECT name, array_agg(id) AS ids FROM named GROUP BY name`.execute(db);
  return rows.map(({ name, ids }) => [name, ids]);
}
