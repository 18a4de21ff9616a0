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
 *   GET    calls?kind&status&q&before&limit -> {items: Call[], next?};  GET calls/:id -> CallDetail
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

export const callsQuery = Type.Object({
  kind: Type.Optional(Type.Enum(['enqueue', 'ondemand'])),
  status: Type.Optional(Type.Enum(['queued', 'running', 'completed', 'failed', 'aborted', 'lost'])),
  q: Type.Optional(Type.String({ maxLength: 200 })),
  /** `next` of the page before; newest first. */
  before: Type.Optional(Type.String({ pattern: '^[0-9]{1,15}-[0-9a-f]{32}$' })),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200 })),
});

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

export const taskMappingInput = Type.Object(
  {
    task_id: taskId,
    default_queue: Type.String({ minLength: 1, maxLength: 200 }),
    alias: Type.Optional(alias),
    description,
    /** Container image the clones run in; without it the agent's default serves. */
    image: Type.Optional(Type.String({ maxLength: 500 })),
  },
  { additionalProperties: false },
);

export const endpointMappingInput = Type.Object(
  {
    serving_task_id: taskId,
    endpoint: Type.String({
      pattern: '^[A-Za-z0-9][A-Za-z0-9._/-]{0,199}$',
      description: 'letters, digits, dots, dashes, underscores and slashes, at most 200',
    }),
    alias: Type.Optional(alias),
    description,
    /** Milliseconds until a call is given up; default 30,000. */
    deadline_ms: Type.Optional(Type.Integer({ minimum: 1, maximum: 3_600_000 })),
  },
  { additionalProperties: false },
);

export const machineMappingInput = Type.Object(
  {
    serving_task_id: taskId,
    base_url: Type.String({ minLength: 1, maxLength: 2000 }),
    description,
  },
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
export type MachineMapping = Mapping & MachineMappingInput & { serving_task_name?: string };

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
  /** What has become of it by now; absent when the task it queued was deleted. */
  status?: CallStatus;
  http_status: number;
  alias?: string;
  public_id?: string;
  endpoint?: string;
  machine?: string;
  queue?: string;
  task_id?: string;
  clone_id?: string;
  clone_name?: string;
  caller?: string;
  duration_ms: number;
  bytes_in: number;
  bytes_out: number;
  error_code?: string;
  error?: string;
}

export interface CallDetail extends Call {
  /** Addresses and system errors, for admins and developers. */
  error_detail?: string;
  /** JSON, cut at 16,000 characters, secrets masked; one line about size and type when it is anything else. */
  request?: string;
  answer?: string;
  /** Milliseconds spent in each phase, in order. */
  phases: Record<string, number>;
}

export interface Dashboard {
  counts: { tasks: number; endpoints: number; machines: number };
  /** Failed are also calls whose task failed or was lost later. */
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
