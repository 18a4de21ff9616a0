import { type Static, Type } from 'typebox';
import type { CallStatus } from './gateway.ts';

/**
 * The console's own JSON API under `/console/v1`. Everything about tasks, queues and events it reads through the ClearML API
 * under `/api`, with the same session cookie.
 *
 *   POST   login {username, password} -> {user}      sets the session cookie
 *   POST   logout                                     clears it
 *   GET    me -> {user, version}
 *   GET    dashboard -> Dashboard
 *   GET    task-mappings?q&page&page_size -> Page<TaskMapping>;  POST -> TaskMapping;  GET|PATCH|DELETE task-mappings/:id
 *   GET    endpoint-mappings, machine-mappings        the same
 *   POST   machine-mappings/test {base_url, health_path?} -> MachineTest
 *   GET    machines/health -> {items: MachineHealth[]}   as the server sees them that answers
 *   GET    task-mappings/:id/keys -> {items: ConsumerKey[]};  POST {name, expires_in_days?} -> {id, key}
 *   POST   task-mappings/:id/keys/:key/rotate {grace_hours?, expires_in_days?} -> {id, key};  DELETE task-mappings/:id/keys/:key
 *   GET    endpoint-mappings/:id/keys                 the same
 *   GET    task-mappings/:id/callback-secret -> CallbackSecret;  POST makes another one, which signs from then on
 *   GET    removed-people -> {items: RemovedPerson[]};  DELETE removed-people/:id lets them in again
 *   GET    calls?…&before&limit -> {items: Call[], next?};  GET calls/:id -> CallDetail
 *   GET    calls/export?…&format=csv|ndjson&bodies    all that the list would show, as a file
 *   GET    calls/events?…                             server-sent events: `call` with a Call that is new or changed, `reload` when
 *                                                     too much happened to tell (and at the beginning)
 *   DELETE calls?… -> CallsDeleted                    of what has ended; with at least one filter
 *   GET    call-stats -> CallStats
 *   GET    tokens -> {items: AccessToken[]};  POST tokens {name, expires_in_days?} -> {id, token};  DELETE tokens/:id
 *   GET    login/oidc                                 begins the single sign-on: a page to open, not to fetch
 *   GET    projects/:id/shares -> ProjectShares;  PUT {shares: [{user_id?, can_write}]} -> ProjectShares
 *   GET    keys -> {items: KeyPair[]};  POST keys {label?} -> {access_key, secret_key};  DELETE keys/:access_key
 *
 * An error is a ConsoleError with the HTTP status of its code. Mappings are read by developers and edited by admins; an end
 * user sees the own calls, tokens and keys. PATCH takes any part of what POST takes; an empty text clears an optional field.
 */

/** Error codes of the console's API and the HTTP status each is answered with. */
export const consoleErrors = {
  /** `field` names the field of the request that is missing or wrong. */
  invalid_field: 400,
  invalid_request: 400,
  unauthorized: 401,
  wrong_credentials: 401,
  forbidden: 403,
  not_found: 404,
  /** `field` names the value that is taken already. */
  conflict: 409,
  body_too_large: 413,
  too_many_attempts: 429,
  internal_error: 500,
  /** The ClearML server that the tasks live on does not answer. */
  backend_unavailable: 503,
} as const;
export type ConsoleErrorCode = keyof typeof consoleErrors;

export interface ConsoleError {
  error: { code: ConsoleErrorCode; message: string; field?: string };
}

export type Role = 'admin' | 'developer' | 'user';

export interface User {
  id: string;
  username: string;
  name: string;
  role: Role;
}

export const loginRequest = Type.Object({
  username: Type.String({ minLength: 1, maxLength: 200 }),
  password: Type.String({ minLength: 1, maxLength: 1000 }),
});

export const accessTokenInput = Type.Object({
  name: Type.String({ minLength: 1, maxLength: 200 }),
  /** Without it the token lives until it is revoked. */
  expires_in_days: Type.Optional(Type.Integer({ minimum: 1, maximum: 3650 })),
});

/** Replaces all shares of a project. One without a user is with everybody. */
export const projectSharesInput = Type.Object(
  {
    shares: Type.Array(
      Type.Object(
        { user_id: Type.Optional(Type.String({ minLength: 1, maxLength: 200 })), can_write: Type.Boolean() },
        { additionalProperties: false },
      ),
      { maxItems: 1000 },
    ),
  },
  { additionalProperties: false },
);

/** Who sees a project and all below it, beside administrators. */
export interface ProjectShares {
  owner: { id: string; name: string };
  /** One without a user is with everybody of the company. */
  shares: { user?: { id: string; name: string }; can_write: boolean }[];
}

export const keyPairInput = Type.Object({ label: Type.Optional(Type.String({ maxLength: 200 })) });

export const mappingsQuery = Type.Object({
  q: Type.Optional(Type.String({ maxLength: 200 })),
  /** Counted from 1. */
  page: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000_000 })),
  page_size: Type.Optional(Type.Integer({ minimum: 1, maximum: 500 })),
});

const instant = Type.Optional(
  Type.String({
    pattern: '^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}(:\\d{2}(\\.\\d{1,6})?)?(Z|[+-]\\d{2}:\\d{2})$',
    description: 'an instant such as 2026-01-31T08:00:00Z',
  }),
);
const someId = Type.Optional(Type.String({ minLength: 1, maxLength: 200 }));
const machine = Type.Optional(Type.String({ minLength: 1, maxLength: 2000 }));

/** Which calls are meant; all conditions together. */
const callFilter = {
  kind: Type.Optional(Type.Enum(['enqueue', 'ondemand'])),
  status: Type.Optional(Type.Enum(['queued', 'running', 'completed', 'failed', 'aborted', 'lost'])),
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
const exactly = { additionalProperties: false };
export const callFilterQuery = Type.Object(callFilter, exactly);
export type CallFilterQuery = Static<typeof callFilterQuery>;

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

const description = Type.Optional(Type.String({ maxLength: 4000 }));
// Descriptions are the words of the error when a value does not fit.
const alias = Type.String({
  pattern: '^[a-z0-9][a-z0-9-]{0,62}$',
  description: 'lower-case letters, digits and dashes, at most 63, beginning with a letter or digit',
});
const taskId = Type.String({
  pattern: '^[0-9a-f]{30,64}$',
  description: 'the id of a task: 32 lower-case hex digits',
});

const names = (description: string) =>
  Type.Optional(Type.Array(Type.String({ minLength: 1, maxLength: 200 }), { maxItems: 100, description }));
/** A number, or null for no limit. */
const limit = (maximum: number) =>
  Type.Optional(
    Type.Unsafe<number | null>({
      type: ['integer', 'null'],
      ...{ minimum: 1, maximum, description: `a whole number from 1 to ${maximum}, or null for no limit` },
    }),
  );

/** Who may call a task or endpoint mapping, beside its consumer keys, and how often each caller may. */
const rightsAndLimits = {
  /** `anyone` with a valid token (default), those `listed` below, or nobody but consumer `keys`. */
  access: Type.Optional(
    Type.Enum(['anyone', 'listed', 'keys'], { description: 'one of anyone, listed and keys' }),
  ),
  /** Ours, which include the weaker ones, or the identity provider's. */
  allowed_roles: names('a list of at most 100 names of roles'),
  /** The identity provider's, whole: `lab/vision`. */
  allowed_groups: names('a list of at most 100 names of groups'),
  allowed_users: names('a list of at most 100 ids of users'),
  calls_per_minute: limit(1_000_000),
  calls_per_day: limit(1_000_000_000),
};
const mappingRights = Type.Object(rightsAndLimits);
export type MappingRightsInput = Static<typeof mappingRights>;

export const consumerKeyInput = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 200 }),
    /** Without it the key lives until it is revoked. */
    expires_in_days: Type.Optional(Type.Integer({ minimum: 1, maximum: 3650 })),
  },
  { additionalProperties: false },
);

export const keyRotationInput = Type.Object(
  {
    /** How long the secret before stays good; default 24. */
    grace_hours: Type.Optional(Type.Integer({ minimum: 0, maximum: 720 })),
    /** A new life from now; without it the key ends when it would have. */
    expires_in_days: Type.Optional(Type.Integer({ minimum: 1, maximum: 3650 })),
  },
  { additionalProperties: false },
);

/** A program's key for one mapping. Its secret is shown once, when it is made or rotated. */
export interface ConsumerKey {
  id: string;
  name: string;
  created_at: string;
  /** Who made it; absent when their account is gone. */
  created_by?: { id: string; name: string };
  expires_at?: string;
  /** To the minute. */
  last_used_at?: string;
  /** While a rotation's grace period runs. */
  previous_expires_at?: string;
}

/** Somebody whose account was deleted, and who therefore gets no other by their single sign-on. */
export interface RemovedPerson {
  id: string;
  username: string;
  name: string;
  removed_at: string;
}

/** What calls of a mapping look like. */
const inputFields = {
  /** JSON Schema of the body, draft 2020-12 or draft-07; null is none. With one, a call must be JSON that fits it. */
  input_schema: Type.Optional(
    Type.Unsafe<object | null>({
      type: ['object', 'null'],
      description: 'a JSON Schema as an object, or null',
    }),
  ),
  /** A body that fits it; null is none. */
  example: Type.Optional(Type.Unknown()),
};

export const taskMappingInput = Type.Object(
  {
    task_id: taskId,
    default_queue: Type.String({ minLength: 1, maxLength: 200 }),
    alias: Type.Optional(alias),
    description,
    /** Container image the clones run in; without it the agent's default serves. */
    image: Type.Optional(Type.String({ maxLength: 500 })),
    /** Queues beside the default one that a call may name: null any, an empty list none. */
    queues: Type.Optional(
      Type.Unsafe<string[] | null>({
        type: ['array', 'null'],
        ...{ items: { type: 'string', minLength: 1, maxLength: 200 }, maxItems: 100, uniqueItems: true },
        description: 'a list of at most 100 names of queues, or null for any queue',
      }),
    ),
    /** `high` goes before all that is not; `normal` unless told. */
    priority: Type.Optional(Type.Enum(['normal', 'high'], { description: 'one of normal and high' })),
    /** Path of the project for the clones, made when it is missing; an empty text is that of the template. */
    clone_project: Type.Optional(Type.String({ maxLength: 1000 })),
    /** Tags of the clones, beside those of the template. */
    clone_tags: Type.Optional(
      Type.Array(Type.String({ minLength: 1, maxLength: 200 }), {
        maxItems: 50,
        description: 'a list of at most 50 tags',
      }),
    ),
    ...inputFields,
    ...rightsAndLimits,
  },
  { additionalProperties: false },
);

/** Signs the callbacks of a mapping's calls; for admins. */
export interface CallbackSecret {
  callback_secret: string;
}

export const endpointMappingInput = Type.Object(
  {
    serving_task_id: taskId,
    endpoint: Type.String({
      pattern: '^[A-Za-z0-9][A-Za-z0-9._/-]{0,199}$',
      description: 'letters, digits, dots, dashes, underscores and slashes, at most 200',
    }),
    alias: Type.Optional(alias),
    description,
    /**
     * Milliseconds until a call is given up; default 30,000. A stream of server-sent events may last longer, with no longer a
     * silence than this.
     */
    deadline_ms: Type.Optional(Type.Integer({ minimum: 1, maximum: 3_600_000 })),
    /** Bytes of a request and of an answer; without one the gateway's own limit holds. */
    max_request_bytes: limit(2 ** 31 - 1),
    max_answer_bytes: limit(2 ** 31 - 1),
    /** Id of the task mapping that takes the calls when no machine can; an empty text is none. */
    fallback_mapping_id: Type.Optional(Type.String({ maxLength: 200 })),
    ...inputFields,
    ...rightsAndLimits,
  },
  { additionalProperties: false },
);

/** Path of the machine, not of its base URL, that answers 2xx while it is well; without it a TCP connection must open. */
const healthPath = Type.Optional(Type.String({ maxLength: 500 }));

export const machineMappingInput = Type.Object(
  {
    serving_task_id: taskId,
    base_url: Type.String({ minLength: 1, maxLength: 2000 }),
    health_path: healthPath,
    description,
  },
  { additionalProperties: false },
);

export const machineTestInput = Type.Object(
  { base_url: Type.String({ minLength: 1, maxLength: 2000 }), health_path: healthPath },
  { additionalProperties: false },
);

interface Mapping {
  id: string;
  public_id: string;
  created_at: string;
  updated_at: string;
}
export type TaskMappingInput = Static<typeof taskMappingInput>;
export type EndpointMappingInput = Static<typeof endpointMappingInput>;
export type MachineMappingInput = Static<typeof machineMappingInput>;
export type TaskMapping = Mapping & TaskMappingInput & { alias: string; task_name?: string };
export type EndpointMapping = Mapping & EndpointMappingInput & { alias: string; serving_task_name?: string };
export type MachineMapping = Mapping &
  MachineMappingInput & { serving_task_name?: string; health?: MachineState };

/** What was found at the address of a machine. */
export interface MachineTest {
  /** As it would be stored. */
  base_url: string;
  ok: boolean;
  /** What the health path answered with. */
  http_status?: number;
  duration_ms: number;
  /** What went wrong, and what may help. */
  error?: string;
}

/** How a machine is doing, as one server sees it. Times ISO 8601. */
export interface MachineState {
  /** An ejected machine gets no calls; one on trial gets one, which decides. */
  state: 'healthy' | 'ejected' | 'trial';
  /** Calls that it has not answered yet. */
  pending: number;
  last_check?: { at: string; ok: boolean; duration_ms: number; error?: string };
  ejected_until?: string;
  /** How often it was ejected since the server started. */
  ejections: number;
  last_error?: { at: string; message: string };
}

/** The state of a registered machine; `id` is that of its mapping. */
export interface MachineHealth extends MachineState {
  id: string;
  serving_task_id: string;
  base_url: string;
}

export interface Page<Item> {
  items: Item[];
  total: number;
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

export interface Dashboard {
  counts: { tasks: number; endpoints: number; machines: number };
  /** In 24 full hours, the running one included. Failed are also calls whose task failed or was lost later. */
  calls: { last_24h: number; failed_24h: number; last: Call[] };
  workers: { total: number; busy: number };
  queues: { id: string; name: string; depth: number }[];
  tasks_by_status: Record<string, number>;
}

export interface AccessToken {
  id: string;
  name: string;
  created_at: string;
  expires_at?: string;
  last_used_at?: string;
}

export interface KeyPair {
  access_key: string;
  label?: string;
  created_at: string;
  last_used_at?: string;
}
