import type { Call, CallCallback, CallDetail, CallFilterQuery, CallStatus } from '@arno/protocol';
import type { Caller } from '../clearml/endpoint.ts';
import {
  type CallbackRow,
  type CallFilter,
  type CallRow,
  type CallSummary,
  hideSecrets,
  summaryColumns,
} from '../gateway/index.ts';
import { ConsoleApiError } from './errors.ts';

/** Columns of the log that have another name on the wire. */
const wireNames = { created: 'created_at', started: 'started_at', ended: 'ended_at' } as const;

/** The fields of a call, in the order of the log's columns. */
export const callFields: readonly (keyof Call)[] = summaryColumns.map((column) =>
  column in wireNames
    ? wireNames[column as keyof typeof wireNames]
    : (column as Exclude<typeof column, keyof typeof wireNames>),
);

/** A row of the log as one may see it: real ids and addresses are not for end users. */
export function callView(row: CallSummary, { role }: Caller): Call {
  const { created, started, ended, task_id, machine, kind, status, outcome, ...rest } = row;
  const known = role === 'user' ? rest : { ...rest, task_id, machine };
  return {
    ...withoutNulls<Call>(known),
    kind: kind as Call['kind'],
    status: status as Call['status'],
    outcome: outcome as Call['outcome'],
    created_at: created.toISOString(),
    ...(started && { started_at: started.toISOString() }),
    ...(ended && { ended_at: ended.toISOString() }),
  };
}

/** A row with its bodies, as one may see it. */
export function wholeCallView(row: CallRow, caller: Caller): CallDetail {
  const { phases, request, answer, error_detail, ...summary } = row;
  const more = { request, answer, error_detail: caller.role === 'user' ? null : error_detail };
  return {
    ...callView(summary, caller),
    ...withoutNulls<CallDetail>(more),
    phases: phases as CallDetail['phases'],
  };
}

/** Who is told of the end of a call. */
export function callbackView({ url, state, next_try, tries }: CallbackRow): CallCallback {
  return {
    url: hideSecrets(url),
    state: state as CallCallback['state'],
    ...(state === 'due' && next_try && { next_try_at: next_try.toISOString() }),
    tries: tries.map(({ tried, duration_ms, http_status, error }) => ({
      ...{ at: tried.toISOString(), duration_ms },
      ...(http_status !== null && { http_status }),
      ...(error !== null && { error }),
    })),
  };
}

function withoutNulls<Result>(row: object): Result {
  return Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null)) as Result;
}

/**
 * The filter in a query.
 *
 * @throws ConsoleApiError forbidden for a column that the caller may not see, invalid_field
 */
export function readCallFilter(query: CallFilterQuery, caller: Caller): CallFilter {
  const { kind, status, outcome, http_status, mapping_id, machine, user_id, key_id, from, to, q } = query;
  if (machine !== undefined) mayKnowMachines(caller, 'machine');
  return {
    ...{ kind, outcome, machine, q },
    status: readStatus(status),
    httpStatus: http_status,
    mappingId: mapping_id,
    userId: user_id,
    keyId: key_id,
    from: readInstant('from', from),
    to: readInstant('to', to),
  };
}

/** One stays one: its calls are read in the order of an index. */
function readStatus(text: string | undefined): CallFilter['status'] {
  const statuses = [...new Set(text?.split(','))] as CallStatus[];
  return statuses.length > 1 ? statuses : statuses[0];
}

/** @throws ConsoleApiError forbidden */
export function mayKnowMachines({ role }: Caller, field: string): void {
  if (role === 'user') {
    throw new ConsoleApiError('forbidden', `${field}: machines are for admins and developers`, field);
  }
}

/** @throws ConsoleApiError invalid_field for a day that no calendar has */
export function readInstant(field: string, text: string | undefined): Date | undefined {
  if (text === undefined) return undefined;
  const instant = new Date(text);
  if (!Number.isNaN(instant.getTime())) return instant;
  throw new ConsoleApiError('invalid_field', `${field} is no instant of the calendar`, field);
}
