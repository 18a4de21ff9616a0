import { type Call, type Dashboard, type DashboardCalls, dashboardCallsQuery } from '@arno/protocol';
import type { FastifyInstance } from 'fastify';
import type { Static } from 'typebox';
import type { Scope } from '../clearml/endpoint.ts';
import { type CallSummary, callStats, listCalls, type StatsQuery } from '../gateway/index.ts';
import { asStatsFault, maxStatsRows, readPeriod, readTimeZone, statsView } from './call-stats.ts';
import { callView } from './call-view.ts';
import { type ConsoleOptions, callerOf, scopeOf } from './context.ts';
import { readPlatform } from './dashboard-platform.ts';

const listed = 8;

/** What is going on: all of it for admins and developers, the own calls for end users. */
export function dashboardRoutes(app: FastifyInstance, { db, serving }: ConsoleOptions): void {
  app.get('/dashboard', async (request): Promise<Dashboard> => {
    const scope = scopeOf(db, request);
    const isUser = callerOf(request).role === 'user';
    const [last, failed, platform] = await Promise.all([
      listCalls(scope, {}, { limit: listed }),
      lastFailed(scope),
      isUser ? undefined : readPlatform(scope, serving.machines),
    ]);
    const view = (rows: CallSummary[]): Call[] => rows.map((row) => callView(row, scope.caller));
    return { last: view(last), last_failed: view(failed), ...(platform && { platform }) };
  });

  app.get<{ Querystring: Static<typeof dashboardCallsQuery> }>(
    '/dashboard/calls',
    { schema: { querystring: dashboardCallsQuery } },
    async (request): Promise<DashboardCalls> => {
      const scope = scopeOf(db, request);
      const { bucket = 'all', time_zone, mapping_id: mappingId, ...given } = request.query;
      const { from, to } = readPeriod(given, scope.now);
      const timeZone = readTimeZone(time_zone);
      const stats = async (query: Pick<StatsQuery, 'bucket' | 'by' | 'kind'>) => {
        const common = { from, to, timeZone, mappingId, phases: false, maxRows: maxStatsRows };
        return (await callStats(scope, { ...common, ...query })).map(statsView);
      };
      const [enqueue, ondemand, mappings] = await Promise.all([
        stats({ bucket, by: 'none', kind: 'enqueue' }),
        stats({ bucket, by: 'none', kind: 'ondemand' }),
        stats({ bucket: 'all', by: 'mapping' }),
      ]).catch(asStatsFault);
      return { from: from.toISOString(), to: to.toISOString(), enqueue, ondemand, mappings };
    },
  );
}

/** Asked apart, since each is an index of its own in the log's order. */
async function lastFailed(scope: Scope): Promise<CallSummary[]> {
  const found = await Promise.all(
    (['failed', 'lost'] as const).map((status) => listCalls(scope, { status }, { limit: listed })),
  );
  return found
    .flat()
    .toSorted((a, b) => b.created.getTime() - a.created.getTime())
    .slice(0, listed);
}
