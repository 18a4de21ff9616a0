import { type MappingUsage, mappingUsageQuery } from '@arno/protocol';
import type { FastifyInstance } from 'fastify';
import type { Static } from 'typebox';
import type { Scope } from '../clearml/endpoint.ts';
import { type MappingTable, mappingUsage } from '../features/mappings/index.ts';
import { callStats, wholeHours } from '../gateway/index.ts';
import { type ConsoleOptions, scopeOf } from './context.ts';

const weekMs = 7 * 86_400_000;
/** More mappings and machines than any platform has. */
const maxRows = 100_000;

const paths = {
  task_mappings: '/task-mappings',
  endpoint_mappings: '/endpoint-mappings',
  machine_mappings: '/machine-mappings',
} as const satisfies Record<MappingTable, string>;

/** What would break without some mappings, for who is about to delete them. */
export function mappingUsageRoutes(app: FastifyInstance, { db }: ConsoleOptions): void {
  for (const [table, path] of Object.entries(paths) as [MappingTable, string][]) {
    app.get<{ Querystring: Static<typeof mappingUsageQuery> }>(
      `${path}/usage`,
      { schema: { querystring: mappingUsageQuery }, config: { roles: ['admin'] } },
      async (request) => {
        const scope = scopeOf(db, request);
        const [usages, calls] = await Promise.all([
          mappingUsage(scope, table, request.query.ids.split(',')),
          callsOfLastWeek(scope, table),
        ]);
        const items: MappingUsage[] = usages.map(({ machine, ...usage }) => ({
          ...usage,
          calls_7d: calls.get(machine ?? usage.id) ?? 0,
        }));
        return { items };
      },
    );
  }
}

/** Numbers of calls by the id of the mapping, or by the machine's address. */
async function callsOfLastWeek(scope: Scope, table: MappingTable): Promise<Map<string, number>> {
  const { now } = scope;
  const rows = await callStats(scope, {
    ...wholeHours(new Date(now.getTime() - weekMs), now),
    ...{ bucket: 'all', timeZone: 'UTC', phases: false, maxRows },
    by: table === 'machine_mappings' ? 'machine' : 'mapping',
  });
  const numbers = new Map<string, number>();
  for (const { mapping_id, machine, calls } of rows) {
    const key = mapping_id ?? machine ?? '';
    numbers.set(key, (numbers.get(key) ?? 0) + calls);
  }
  return numbers;
}
