import { type RawBuilder, type Selectable, type SqlBool, sql } from 'kysely';
import type { Scope } from '../../clearml/endpoint.ts';
import type { DB } from '../../platform/schema.ts';

export type LiveContainer = Selectable<DB['serving_containers']>;

/** The rows of a serving table that the caller may see: their own, and for administrators all of the company. */
export function visibleServing({ caller: { company, userId, role } }: Scope): RawBuilder<SqlBool> {
  const own = role === 'admin' ? sql`` : sql`AND user_id = ${userId}`;
  return sql<SqlBool>`company = ${company} ${own}`;
}

function alive({ now }: Scope): RawBuilder<SqlBool> {
  return sql<SqlBool>`last_report >= ${now}::timestamptz - register_timeout * interval '1 second'`;
}

/** The containers behind a URL that still report, newest report first; null asks for those that are still loading. */
export function findContainers(scope: Scope, url: string | null): Promise<LiveContainer[]> {
  return scope.db
    .selectFrom('serving_containers')
    .selectAll()
    .where(visibleServing(scope))
    .where(alive(scope))
    .where('endpoint_url', url === null ? 'is' : '=', url)
    .orderBy('last_report', 'desc')
    .orderBy('container_id')
    .execute();
}

interface EndpointStats {
  endpoint: string;
  model: string;
  url: string;
  instances: number;
  uptime_sec: number;
  requests: number;
  requests_min: number;
  latency_ms: number;
  last_update: Date;
}

/** What can be called, one row a URL: requests are those of all containers, latency is their mean. */
export async function endpointStats(scope: Scope): Promise<EndpointStats[]> {
  const { rows } = await sql<EndpointStats>`
    SELECT (array_agg(endpoint_name ORDER BY last_report DESC))[1] AS endpoint,
           (array_agg(model_name ORDER BY last_report DESC))[1] AS model,
           endpoint_url AS url, count(*) AS instances, max(uptime_sec) AS uptime_sec,
           sum(requests)::bigint AS requests, sum(requests_min) AS requests_min,
           round(avg(latency_ms))::bigint AS latency_ms, max(last_report) AS last_update
    FROM serving_containers
    WHERE endpoint_url IS NOT NULL AND ${visibleServing(scope)} AND ${alive(scope)}
    GROUP BY endpoint_url ORDER BY endpoint_url`.execute(scope.db);
  return rows;
}
