import { sql } from 'kysely';
import type { Scope } from '../../clearml/endpoint.ts';
import type { MappingTable } from './store.ts';

/** What of the registrations and of open calls hangs on a mapping. */
export interface Usage {
  id: string;
  /** Alias or base URL. */
  name: string;
  /** Of a machine, as the log of calls has it. */
  machine: string | null;
  fallback_of: { id: string; alias: string }[];
  endpoints: { id: string; alias: string }[];
  other_machines: number;
  keys: number;
  open_calls: number;
}

const endpointsWhere = (condition: string) =>
  sql.raw(`coalesce((SELECT jsonb_agg(jsonb_build_object('id', endpoint.id, 'alias', endpoint.alias) ORDER BY endpoint.alias)
    FROM endpoint_mappings AS endpoint WHERE endpoint.company = mapping.company AND ${condition}), '[]')`);
const keysWhere = (column: string) =>
  sql.raw(`(SELECT count(*) FROM consumer_keys AS key
    WHERE key.${column} = mapping.id AND coalesce(key.expires > now(), true))`);
const openCallsWhere = (condition: string) =>
  sql.raw(`(SELECT count(*) FROM calls
    WHERE calls.company = mapping.company AND calls.status IN ('queued', 'running') AND ${condition})`);
const none = sql.raw(`'[]'::jsonb`);
const zero = sql.raw('0::bigint');

const columns = {
  task_mappings: sql`mapping.alias AS name, NULL AS machine,
    ${endpointsWhere('endpoint.fallback_mapping_id = mapping.id')} AS fallback_of, ${none} AS endpoints, ${zero} AS other_machines,
    ${keysWhere('task_mapping_id')} AS keys, ${openCallsWhere('calls.mapping_id = mapping.id')} AS open_calls`,
  endpoint_mappings: sql`mapping.alias AS name, NULL AS machine,
    ${none} AS fallback_of, ${none} AS endpoints, ${zero} AS other_machines,
    ${keysWhere('endpoint_mapping_id')} AS keys, ${openCallsWhere('calls.mapping_id = mapping.id')} AS open_calls`,
  machine_mappings: sql`mapping.base_url AS name, mapping.base_url AS machine, ${none} AS fallback_of,
    ${endpointsWhere('endpoint.serving_task_id = mapping.serving_task_id')} AS endpoints,
    (SELECT count(*) FROM machine_mappings AS other WHERE other.company = mapping.company
      AND other.serving_task_id = mapping.serving_task_id AND other.id <> mapping.id) AS other_machines,
    ${zero} AS keys, ${openCallsWhere('calls.machine = mapping.base_url')} AS open_calls`,
};

/** Of each of these mappings that exists, by name. */
export async function mappingUsage(
  { db, caller }: Scope,
  table: MappingTable,
  ids: readonly string[],
): Promise<Usage[]> {
  const { rows } = await sql<Usage>`
    SELECT mapping.id, ${columns[table]} FROM ${sql.table(table)} AS mapping
    WHERE mapping.company = ${caller.company} AND mapping.id = ANY(${[...ids]}::text[]) ORDER BY name`.execute(
    db,
  );
  return rows;
}
