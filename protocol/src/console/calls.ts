import { type Static, Type } from 'typebox';
import type { CallStatus } from '../gateway.ts';
import { exactly } from './common.ts';

/**
 * The log of calls.
 *
 *   GET    calls?…&before&limit -> CallsPage;  GET calls/:id -> CallDetail
 *   GET    calls/count?… -> CallsCount                how many the list would show
 *   GET    calls/choices?of&q&id&kind -> {items: CallChoice[]}   what a filter can be set to
 *   GET    calls/export?…&format=csv|ndjson&bodies    all that the list would show, as a file
 *   GET    calls/events?…                             server-sent events: `call` with a Call that is new or changed, `reload` when
 *                                                     too much happened to tell (and at the beginning)
 *   DELETE calls?… -> CallsDeleted                    of what has ended; with at least one filter
 *   GET    call-stats -> CallStats
 */

const instant = Type.Optional(
  Type.String({
    pattern: '^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}(:\\d{2}(\\.\\d{1,6})?)?(Z|[+-]\\d{2}:\\d{2})$',
    description: 'an instant such as 2026-01-31T08:00:00Z',
  }),
);
const someId = Type.Optional(Type.String({ minLength: 1, maxLength: 200 }));
const machine = Type.Optional(Type.String({ minLength: 1, maxLength: 2000 }));

const status = '(queued|running|completed|failed|aborted|lost)';

/** Which calls are meant; all conditions together. */
const callFilter = {
  kind: Type.Optional(Type.Enum(['enqueue', 'ondemand'])),
  /** Any of these: `failed,lost`. */
  status: Type.Optional(
    Type.String({
      pattern: `^${status}(,${status})*$`,
      maxLength: 100,
      description:
        'one or more of queued, running, completed, failed, aborted and lost, with commas between them',
    }),
  ),
  outcome: Type.Optional(Type.Enum(['accepted', 'ok', 'failed'])),
  http_status: Type.Optional(Type.Integer({ minimum: 100, maximum: 599 })),
  mapping_id: someId,
  /** Base URL; for admins and developers. */
  machine,
  /** Who called: a person or a consumer key. */
  user_id: someId,
  key_id: someId,
  /** Made at or after `from` and before `to`. */
  from: instant,
  to: instant,
  /** Anywhere in the names and the error of a call, whatever its case; or the beginning of the id of a call or clone. */
  q: Type.Optional(Type.String({ maxLength: 200 })),
};

export const callFilterQuery = Type.Object(callFilter, exactly);
export type CallFilterQuery = Static<typeof callFilterQuery>;

/** A text that is empty by mistake would find, and delete, all calls. */
export const callsDeletionQuery = Type.Object(
  { ...callFilter, q: Type.Optional(Type.String({ minLength: 1, maxLength: 200 })) },
  exactly,
);

export const callsQuery = Type.Object(
  {
    ...callFilter,
    /** `next` of the page before; newest first. */
    before: Type.Optional(Type.String({ pattern: '^[0-9]{1,15}-[0-9a-f]{32}$' })),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200 })),
  },
  exactly,
);

export const callsExportQuery = Type.Object(
  {
    ...callFilter,
    format: Type.Enum(['csv', 'ndjson'], { description: 'csv or ndjson' }),
    /** With requests, answers and phases. */
    bodies: Type.Optional(Type.Boolean()),
  },
  exactly,
);

export const callChoicesQuery = Type.Object(
  {
    of: Type.Enum(['mapping', 'machine', 'caller'], { description: 'one of mapping, machine and caller' }),
    kind: callFilter.kind,
    /** Found anywhere in the label, whatever its case. */
    q: Type.Optional(Type.String({ maxLength: 200 })),
    /** Only this one: for the label of a filter that is known by its id. */
    id: machine,
  },
  exactly,
);

export const callStatsQuery = Type.Object(
  {
    /** Moved out to full hours; the last 24 hours without them. */
    from: instant,
    to: instant,
    by: Type.Optional(
      Type.Enum(['none', 'mapping', 'machine', 'caller'], {
        description: 'one of none, mapping, machine and caller',
      }),
    ),
    /** What one row spans; the whole period without it. */
    bucket: Type.Optional(
      Type.Enum(['all', 'hour', 'day', 'week', 'month', 'year'], {
        description: 'one of all, hour, day, week, month and year',
      }),
    ),
    /** Where days begin at midnight: a name such as Europe/Rome; UTC without it. */
    time_zone: Type.Optional(Type.String({ minLength: 1, maxLength: 100 })),
    /** Times of each phase and not only of the total. */
    phases: Type.Optional(Type.Boolean()),
    kind: callFilter.kind,
    mapping_id: someId,
    machine,
    user_id: someId,
    key_id: someId,
  },
  exactly,
);

export interface CallsPage {
  /** The newest first. */
  items: Call[];
  /** Where the next page begins; absent on the last one. */
  next?: string;
  /** Days that a row is kept after its call was made; absent when it is kept for ever. */
  retention_days?: number;
}

/** How many calls a filter lets through. */
export interface CallsCount {
  total: number;
  /** Of these, calls that a deletion would leave: they have not ended, or owe a callback. */
  kept: number;
  /** There are more than `total`: counting stopped there. */
  more: boolean;
}

/** Something that calls can be filtered by, as calls have named it. */
export interface CallChoice {
  /** Of a mapping or caller; the base URL of a machine. */
  id: string;
  label: string;
  /** Of a mapping: which list it belongs to. */
  kind?: Call['kind'];
  /** Of a caller: a person (`user_id`) or a consumer key (`key_id`). */
  caller?: 'person' | 'key';
}

/** One row of the log of calls. Times ISO 8601, durations milliseconds, sizes bytes. */
export interface Call {
  id: string;
  kind: 'enqueue' | 'ondemand';
  created_at: string;
  /** `accepted` for a queued task or an answer still being sent, `ok` for an answered model, `failed` for every error. */
  outcome: 'accepted' | 'ok' | 'failed';
  /** What has become of it by now. */
  status: CallStatus;
  /** When the task it queued began to run. */
  started_at?: string;
  /** When its answer, or its task, ended; absent while it has not. */
  ended_at?: string;
  http_status: number;
  mapping_id?: string;
  alias?: string;
  public_id?: string;
  endpoint?: string;
  machine?: string;
  queue?: string;
  task_id?: string;
  clone_id?: string;
  clone_name?: string;
  /** Who called: a person or a consumer key, and its name. */
  user_id?: string;
  key_id?: string;
  caller?: string;
  /** Until it was answered: for a queued task until it was accepted. */
  duration_ms: number;
  bytes_in: number;
  bytes_out: number;
  error_code?: string;
  error?: string;
}

export interface CallDetail extends Call {
  /** Addresses and system errors, for admins and developers. */
  error_detail?: string;
  /** JSON, cut (ARNO_CALL_BODY_CHARS), secrets masked; one line about size and type when it is anything else. */
  request?: string;
  answer?: string;
  /** Milliseconds spent in each phase, in order. */
  phases: Record<string, number>;
  /** Set when the caller asked to be told of the end. */
  callback?: CallCallback;
}

/** Who is told of the end of a call, and how that goes. Times ISO 8601. */
export interface CallCallback {
  /** Without what it may hold of secrets. */
  url: string;
  state: 'waiting' | 'due' | 'done' | 'given_up';
  next_try_at?: string;
  tries: { at: string; duration_ms: number; http_status?: number; error?: string }[];
}

export interface CallsDeleted {
  deleted: number;
  /** The time was up: ask again for the rest. */
  more: boolean;
}

/** Statistics of calls by the hours in which they arrived. They outlive the rows of the log. */
export interface CallStats {
  /** The period in full hours. */
  from: string;
  to: string;
  /** In the order of time, in each bucket those with the most calls first. */
  rows: CallStatsRow[];
}

export interface CallStatsRow {
  /** Where the bucket begins; absent when it is the whole period. An hour belongs to the bucket in which it begins. */
  start?: string;
  /** What the calls have in common; absent for calls that have none. */
  kind?: Call['kind'];
  mapping_id?: string;
  machine?: string;
  user_id?: string;
  key_id?: string;
  /** The name of mapping or caller when last seen. */
  alias?: string;
  caller?: string;
  calls: number;
  /** What has become of them by now. */
  completed: number;
  failed: number;
  aborted: number;
  lost: number;
  /** Neither of these yet. */
  open: number;
  bytes_in: number;
  bytes_out: number;
  /** Of ended calls, by phase: `total` first. Of a queued task the total goes to its end, else to the end of the answer. */
  timings: Record<string, CallTiming>;
}

/** Percentiles in milliseconds: each within 5 % of the time that a call at this rank took. */
export interface CallTiming {
  count: number;
  p50: number;
  p95: number;
  p99: number;
}
