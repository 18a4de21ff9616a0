import { sql } from 'kysely';
import type { Scope } from '../../clearml/endpoint.ts';
import { type CallFilter, filteredCalls } from './call-filter.ts';
import { removable } from './call-removal.ts';

/**
 * How many calls the filter lets through, and how many of them a deletion would leave. Counting stops after `limit`, because it has
 * to read what it counts.
 */
export async function countFoundCalls(
  scope: Scope,
  filter: CallFilter,
  limit: number,
): Promise<{ total: number; kept: number; more: boolean }> {
  const condition = await filteredCalls(scope, filter);
  const { rows } = await sql<{ total: number; kept: number }>`
    SELECT count(*) AS total, count(*) FILTER (WHERE NOT (${removable})) AS kept
    FROM (SELECT id, status FROM calls WHERE ${condition} LIMIT ${limit + 1}) AS calls`.execute(scope.db);
  const { total = 0, kept = 0 } = rows[0] ?? {};
  return { total: Math.min(total, limit), kept, more: total > limit };
}
