import { type CallStats, type CallStatsRow, callStatsQuery } from '@arno/protocol';
import type { FastifyInstance } from 'fastify';
import type { Static } from 'typebox';
import { callStats, type StatsRow, TooManyRowsError, wholeHours } from '../gateway/index.ts';
import { mayKnowMachines, readInstant } from './call-view.ts';
import { type ConsoleOptions, callerOf, scopeOf } from './context.ts';
import { ConsoleApiError } from './errors.ts';

const dayMs = 86_400_000;
/** Of one answer. */
export const maxStatsRows = 5000;

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
        ...{ ...period, by, bucket, phases, maxRows: maxStatsRows, timeZone: readTimeZone(query.time_zone) },
        ...{ kind, mappingId, machine, userId, keyId },
      }).catch(asStatsFault);
      return { from: period.from.toISOString(), to: period.to.toISOString(), rows: rows.map(statsView) };
    },
  );
}

/**
 * The period of a query in full hours: until now, and the last 24 hours, unless it says otherwise.
 *
 * @throws ConsoleApiError invalid_field
 */
export function readPeriod({ from, to }: Pick<Query, 'from' | 'to'>, now: Date) {
  const until = readInstant('to', to) ?? now;
  const since = readInstant('from', from) ?? new Date(until.getTime() - dayMs);
  if (since >= until) throw new ConsoleApiError('invalid_field', 'from must come before to', 'from');
  return wholeHours(since, until);
}

/** @throws ConsoleApiError invalid_field for a name that is none */
export function readTimeZone(name = 'UTC'): string {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone;
  } catch {
    const message = `time_zone must be a name such as Europe/Rome, not ${name}`;
    throw new ConsoleApiError('invalid_field', message, 'time_zone');
  }
}

/** Throws what a failure of `callStats` is to the person. */
export function asStatsFault(error: unknown): never {
  if (!(error instanceof TooManyRowsError)) throw error;
  const message = `bucket: this makes more than ${maxStatsRows} rows; choose a larger one, or a shorter period`;
  throw new ConsoleApiError('invalid_field', message, 'bucket');
}

/** A row of statistics as it is sent. */
export function statsView({ start, timings, ...row }: StatsRow): CallStatsRow {
  const known = Object.entries(row).filter(([, value]) => value !== null);
  const { calls, completed, failed, aborted, lost } = row;
  return {
    ...(start && { start: start.toISOString() }),
    ...(Object.fromEntries(known) as Omit<CallStatsRow, 'start' | 'open' | 'timings'>),
    open: calls - completed - failed - aborted - lost,
    timings: Object.fromEntries(timings.map(({ phase, ...timing }) => [phase, timing])),
  };
}
