import { type CallStats, type CallStatsRow, callStatsQuery } from '@arno/protocol';
import type { FastifyInstance } from 'fastify';
import type { Static } from 'typebox';
import { callStats, type StatsRow, TooManyRowsError, wholeHours } from '../gateway/index.ts';
import { mayKnowMachines, readInstant } from './call-view.ts';
import { type ConsoleOptions, callerOf, scopeOf } from './context.ts';
import { ConsoleApiError } from './errors.ts';

const dayMs = 86_400_000;
const maxRows = 5000;

type Query = Static<typeof callStatsQuery>;

/** How many calls there were and how long they took: an end user sees the own ones. */
export function callStatsRoutes(app: FastifyInstance, { db }: ConsoleOptions): void {
  app.get<{ Querystring: Query }>(
    '/call-stats',
    { schema: { querystring: callStatsQuery } },
    async (request): Promise<CallStats> => {
      const scope = scopeOf(db, request);
      const { by = 'none', bucket = 'all', phases = false, ...query } = request.query;
      if (by === 'machine') mayKnowMachines(callerOf(request), 'by');
      if (query.machine !== undefined) mayKnowMachines(callerOf(request), 'machine');
      const period = readPeriod(query, scope.now);
      const { kind, mapping_id: mappingId, machine, user_id: userId, key_id: keyId } = query;
      const rows = await callStats(scope, {
        ...{ ...period, by, bucket, phases, maxRows, timeZone: readTimeZone(query.time_zone) },
        ...{ kind, mappingId, machine, userId, keyId },
      }).catch((error: unknown) => {
        throw error instanceof TooManyRowsError ? tooManyRows() : error;
      });
      return { from: period.from.toISOString(), to: period.to.toISOString(), rows: rows.map(statsView) };
    },
  );
}

function readPeriod({ from, to }: Query, now: Date) {
  const until = readInstant('to', to) ?? now;
  const since = readInstant('from', from) ?? new Date(until.getTime() - dayMs);
  if (since >= until) throw new ConsoleApiError('invalid_field', 'from must come before to', 'from');
  return wholeHours(since, until);
}

function readTimeZone(name = 'UTC'): string {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone;
  } catch {
    const message = `time_zone must be a name such as Europe/Rome, not ${name}`;
    throw new ConsoleApiError('invalid_field', message, 'time_zone');
  }
}

function tooManyRows(): ConsoleApiError {
  const message = `bucket: this makes more than ${maxRows} rows; choose a larger one, or a shorter period`;
  return new ConsoleApiError('invalid_field', message, 'bucket');
}

function statsView({ start, timings, ...row }: StatsRow): CallStatsRow {
  const known = Object.entries(row).filter(([, value]) => value !== null);
  const { calls, completed, failed, aborted, lost } = row;
  return {
    ...(start && { start: start.toISOString() }),
    ...(Object.fromEntries(known) as Omit<CallStatsRow, 'start' | 'open' | 'timings'>),
    open: calls - completed - failed - aborted - lost,
    timings: Object.fromEntries(timings.map(({ phase, ...timing }) => [phase, timing])),
  };
}
