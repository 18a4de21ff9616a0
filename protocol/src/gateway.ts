import { Type } from 'typebox';

// `params` are checked by the gateway itself: besides an object, the published blocks send the JSON text of one.
const legacyParams = { params: Type.Optional(Type.Unknown()), input: Type.Optional(Type.Unknown()) };
const name = Type.String({ minLength: 1, maxLength: 200 });

// In both legacy bodies a field that is null counts as absent.

/** Body of the legacy `enqueue_task`; `queue_name` and `input` are older names of `queue` and `params`. */
export const legacyEnqueueRequest = Type.Object({
  access_token: Type.Optional(Type.String()),
  task_id: name,
  queue: Type.Optional(Type.String({ maxLength: 200 })),
  queue_name: Type.Optional(Type.String({ maxLength: 200 })),
  ...legacyParams,
});

/** Body of the legacy `ondemand`; `input` is an older name of `params`. */
export const legacyOndemandRequest = Type.Object({
  access_token: Type.Optional(Type.String()),
  machine_id: name,
  endpoint: name,
  ...legacyParams,
});

/** Body of `POST /gateway/v1/tasks/{alias}/calls`. Nothing in it is ignored: a misspelt field is an error. */
export const taskCallRequest = Type.Object(
  {
    params: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
    queue: Type.Optional(name),
  },
  { additionalProperties: false },
);

/** Error codes of the gateway and the HTTP status each is answered with. */
export const gatewayErrors = {
  invalid_request: 400,
  missing_field: 400,
  unauthorized: 401,
  forbidden: 403,
  unknown_public_id: 404,
  unknown_endpoint: 404,
  unknown_call: 404,
  unknown_queue: 400,
  not_found: 404,
  body_too_large: 413,
  /** `Retry-After` says how many seconds to wait. */
  too_many_requests: 429,
  /** Only in the log of calls: the caller went away before the answer. */
  client_closed: 499,
  bad_answer: 502,
  machine_unavailable: 503,
  deadline_exceeded: 504,
  internal_error: 500,
} as const;
export type GatewayErrorCode = keyof typeof gatewayErrors;

export interface GatewayError {
  status: 'error';
  error: { code: GatewayErrorCode; message: string };
  call_id?: string;
}

export type CallStatus = 'queued' | 'running' | 'completed' | 'failed' | 'aborted' | 'lost';

/** Answer of the legacy enqueue. */
export interface EnqueueAnswer {
  status: 'queued';
  call_id: string;
  queue: string;
  task_name: string;
  created_at: string;
}

/** Answer 202 of `POST /gateway/v1/tasks/{alias}/calls`. */
export interface TaskCallAnswer {
  call_id: string;
  status: 'queued';
  links: { self: string };
}

/** What `GET /gateway/v1/tasks` lists. */
export interface CallableTask {
  alias: string;
  public_id: string;
  description: string;
  default_queue: string;
}

/** What `GET /gateway/v1/models` lists; `machine_id` is the public id of the legacy form. */
export interface CallableModel {
  alias: string;
  machine_id: string;
  endpoint: string;
  description: string;
}

/** Answer of `GET /gateway/v1/calls/{call_id}`. Times are ISO 8601, durations milliseconds, sizes bytes. */
export interface CallDocument {
  call_id: string;
  kind: 'enqueue' | 'ondemand';
  status: CallStatus;
  created_at: string;
  /** Percent, when the task reported it. */
  progress?: number;
  last_iteration?: number;
  /** 0 is next. */
  queue_position?: number;
  timings: { queued_ms?: number; running_ms?: number; total_ms?: number };
  error?: string;
  /** The task's artifact `result`, when it is JSON under 1 MiB. */
  result?: unknown;
  /** Where the artifact `result` can be fetched, when it is larger or not JSON. */
  result_url?: string;
  artifacts?: { name: string; type: string; url: string; size?: number }[];
  models?: { name: string; url: string }[];
  values?: { metric: string; variant: string; value: number }[];
  links: { self: string };
}
