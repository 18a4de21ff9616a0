import type { Call, CallStatus } from '@arno/protocol';
import { defined, oneOf, type RawSearch, someOf, text } from '../../app/search.ts';
import { type PeriodSearch, rangeOf, readPeriod } from '../../ui/period.ts';

export const statuses = [
  'queued',
  'running',
  'completed',
  'failed',
  'aborted',
  'lost',
] as const satisfies readonly CallStatus[];

export const outcomes = ['accepted', 'ok', 'failed'] as const satisfies readonly Call['outcome'][];

/** What the gateway answers with, which is nearly all that the log holds; a model may answer with others. */
export const httpStatuses = [
  200, 202, 400, 401, 403, 404, 409, 413, 422, 429, 499, 500, 502, 503, 504,
] as const;

/** The filters of a log of calls, as its address has them. */
export interface CallsSearch extends PeriodSearch {
  /** Any of these. */
  status?: CallStatus[];
  outcome?: Call['outcome'];
  http?: number;
  /** Id of a mapping. */
  mapping?: string;
  /** Base URL of a machine. */
  machine?: string;
  /** Who called: a person or a consumer key, `user:` or `key:` and its id. */
  caller?: string;
  q?: string;
  /** Cursor of an older page, as the server gave it. */
  before?: string;
}

export function readCallsSearch(search: RawSearch): CallsSearch {
  const http = Number(search.http);
  const caller = text(search.caller);
  return defined({
    ...readPeriod(search),
    status: someOf(statuses, search.status),
    outcome: oneOf(outcomes, search.outcome),
    http: Number.isInteger(http) && http >= 100 && http <= 599 ? http : undefined,
    mapping: text(search.mapping),
    machine: text(search.machine),
    caller: caller && /^(user|key):./.test(caller) ? caller : undefined,
    q: text(search.q),
    before: text(search.before),
  });
}

/** Whether the list shows less than all. */
export function isFiltered({ before, ...filters }: CallsSearch): boolean {
  return Object.keys(filters).length > 0;
}

/** The filters as the console's API wants them; a span such as the last day ends now. */
export function filterQuery(kind: Call['kind'], search: CallsSearch): Record<string, string | undefined> {
  const { status, outcome, http, mapping, machine, caller, q, period, from, to } = search;
  const [, who, id] = /^(user|key):(.*)$/.exec(caller ?? '') ?? [];
  return {
    ...{ kind, outcome, machine, q },
    status: status?.join(','),
    http_status: http?.toString(),
    mapping_id: mapping,
    ...(who && { [`${who}_id`]: id }),
    ...rangeOf(defined({ period, from, to })),
  };
}
