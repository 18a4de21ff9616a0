import { type RawBuilder, sql } from 'kysely';
import type { Scope } from '../../clearml/endpoint.ts';
import { visibleCalls } from './call-filter.ts';

/** Something that calls can be filtered by. */
export interface Choice {
  /** Of a mapping, person or consumer key; the base URL of a machine. */
  id: string;
  /** Its name by now, or when it was last seen. */
  label: string;
  /** Of a mapping. */
  kind: string | null;
  /** Of a caller. */
  is_key: boolean | null;
}

export interface ChoicesQuery {
  of: 'mapping' | 'machine' | 'caller';
  kind?: string | undefined;
  /** Found anywhere in the label, whatever its case. */
  q?: string | undefined;
  /** Only this one. */
  id?: string | undefined;
  limit: number;
}

/**
 * What the calls that the caller may read have in common, by label. The series of the statistics know it without a look at the log,
 * and remember also what was deleted since.
 */
export async function callChoices(scope: Scope, { of, kind, q, id, limit }: ChoicesQuery): Promise<Choice[]> {
  const conditions = [visibleCalls(scope, 'call_series')];
  if (kind !== undefined) conditions.push(sql`call_series.kind = ${kind}`);
  const pattern = `%${(q ?? '').replaceAll(/[\\%_]/g, '\\$&')}%`;
  const { rows } = await sql<Choice>`
    SELECT id, label, kind, is_key
    FROM (${sources[of](sql`(${sql.join(conditions, sql` AND `)})`)}) AS choices
    WHERE label ILIKE ${pattern} ${id === undefined ? sql`` : sql`AND id = ${id}`}
    ORDER BY lower(label), id LIMIT ${limit}`.execute(scope.db);
  return rows;
}

type Source = (wanted: RawBuilder<unknown>) => RawBuilder<unknown>;

const sources: Record<ChoicesQuery['of'], Source> = {
  mapping: (wanted) => sql`
    SELECT mapping_id AS id, coalesce(max(task_mappings.alias), max(endpoint_mappings.alias), max(call_series.alias), mapping_id) AS label,
      max(kind) AS kind, NULL::boolean AS is_key
    FROM call_series
    LEFT JOIN task_mappings ON task_mappings.id = mapping_id LEFT JOIN endpoint_mappings ON endpoint_mappings.id = mapping_id
    WHERE ${wanted} AND mapping_id <> '' GROUP BY mapping_id`,
  machine: (wanted) => sql`
    SELECT DISTINCT machine AS id, machine AS label, NULL::text AS kind, NULL::boolean AS is_key
    FROM call_series WHERE ${wanted} AND machine <> ''`,
  caller: (wanted) => sql`
    SELECT coalesce(nullif(key_id, ''), call_series.user_id) AS id,
      coalesce(max(consumer_keys.name), max(users.name), max(caller), key_id || call_series.user_id) AS label,
      NULL::text AS kind, key_id <> '' AS is_key
    FROM call_series LEFT JOIN users ON users.id = call_series.user_id LEFT JOIN consumer_keys ON consumer_keys.id = key_id
    WHERE ${wanted} AND (call_series.user_id <> '' OR key_id <> '') GROUP BY call_series.user_id, key_id`,
};
