import type { Dashboard } from '@arno/protocol';
import type { FastifyInstance } from 'fastify';
import { sql } from 'kysely';
import type { Scope } from '../clearml/endpoint.ts';
import { readable } from '../clearml/rights.ts';
import { countCalls, listCalls } from '../gateway/index.ts';
import { callView } from './call-view.ts';
import { type ConsoleOptions, callerOf, scopeOf } from './context.ts';

const lastCalls = 10;

export function dashboardRoutes(app: FastifyInstance, { db }: ConsoleOptions): void {
  app.get('/dashboard', async (request): Promise<Dashboard> => {
    const scope = scopeOf(db, request);
    const [platform, calls, last] = await Promise.all([
      readPlatform(scope),
      countCalls(scope, 24),
      listCalls(scope, {}, { limit: lastCalls }),
    ]);
    return {
      ...platform,
      calls: {
        last_24h: calls.total,
        failed_24h: calls.failed,
        last: last.map((row) => callView(row, callerOf(request))),
      },
    };
  });
}

/** Everything that is not a call, in one statement. A worker counts for as long as it promised to report again. */
async function readPlatform(scope: Scope): Promise<Omit<Dashboard, 'calls'>> {
  const { db, now } = scope;
  const { company } = scope.caller;
  const { rows } = await sql<Omit<Dashboard, 'calls'>>`
    SELECT
      jsonb_build_object(
        'tasks', (SELECT count(*) FROM task_mappings WHERE company = ${company}),
        'endpoints', (SELECT count(*) FROM endpoint_mappings WHERE company = ${company}),
        'machines', (SELECT count(*) FROM machine_mappings WHERE company = ${company})) AS counts,
      (SELECT jsonb_build_object('total', count(*), 'busy', count(task_id)) FROM workers
       WHERE company = ${company}
         AND last_activity_time > ${now}::timestamptz - register_timeout * interval '1 second') AS workers,
      (SELECT coalesce(jsonb_agg(jsonb_build_object('id', id, 'name', name, 'depth',
                (SELECT count(*) FROM waiting_entries WHERE queue_id = queues.id)) ORDER BY name), '[]')
       FROM queues WHERE company = ${company}) AS queues,
      (SELECT coalesce(jsonb_object_agg(status, number), '{}')
       FROM (SELECT status, count(*) AS number FROM tasks
             WHERE ${readable(scope, 'tasks', { public: false })} GROUP BY status) AS by_status)
        AS tasks_by_status`.execute(db);
  return rows[0] as Omit<Dashboard, 'calls'>;
}
