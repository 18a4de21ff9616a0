import { type Static, Type } from 'typebox';
import { type GatewayErrorCode, gatewayErrors } from './gateway-errors.ts';

// `params` are checked by the gateway itself: besides an object, the published blocks send the JSON text of one.
const legacyParams = { params: Type.Optional(Type.Unknown()), input: Type.Optional(Type.Unknown()) };
/** Of what a task is called with. */
const paramsLimits = 'At most 10,000 values, each at most 1 MiB with its name, and 4 MiB together';
const name = Type.String({ minLength: 1, maxLength: 200 });

// In both legacy bodies a field that is null counts as absent.

/** Body of the legacy `enqueue_task`; `queue_name` and `input` are older names of `queue` and `params`. */
export const legacyEnqueueRequest = Type.Object({
  access_token: Type.Optional(Type.String()),
  task_id: name,
  queue: Type.Optional(Type.String({ maxLength: 200 })),
  queue_name: Type.Optional(Type.String({ maxLength: 200 })),
  ...legacyParams,
  params: Type.Optional(Type.Unknown({ description: paramsLimits })),
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
    params: Type.Optional(Type.Record(Type.String(), Type.Unknown(), { description: paramsLimits })),
    /** One that the task may go to; without it the default one. */
    queue: Type.Optional(name),
    /** Where the document of the call is POSTed when it has ended. */
    callback_url: Type.Optional(Type.String({ minLength: 1, maxLength: 2000 })),
  },
  { additionalProperties: false },
);
export type TaskCallRequest = Static<typeof taskCallRequest>;

// Answers are schemas too, from which the OpenAPI document is made. Their descriptions are its words.

const instant = (description: string) => Type.String({ format: 'date-time', description });
const milliseconds = (description: string) => Type.Number({ minimum: 0, description });

/** One thing that is wrong with the input of a call. */
export const inputFault = Type.Object({
  path: Type.String({ description: 'JSON pointer into the input; empty for the whole of it' }),
  message: Type.String(),
});
export type InputFault = Static<typeof inputFault>;

export const gatewayError = Type.Object({
  status: Type.Literal('error'),
  error: Type.Object({
    code: Type.Enum(Object.keys(gatewayErrors) as GatewayErrorCode[]),
    message: Type.String({ description: 'What is wrong and how to mend it' }),
    faults: Type.Optional(
      Type.Array(inputFault, { maxItems: 10, description: 'Of `invalid_params`: what does not fit' }),
    ),
  }),
  call_id: Type.Optional(Type.String({ description: 'The row in the log, where the refusal left one' })),
});
export type GatewayError = Static<typeof gatewayError>;

export const callStatus = Type.Enum(['queued', 'running', 'completed', 'failed', 'aborted', 'lost']);
export type CallStatus = Static<typeof callStatus>;

/** Answer of the legacy enqueue. */
export const enqueueAnswer = Type.Object({
  status: Type.Literal('queued'),
  call_id: Type.String(),
  queue: Type.String(),
  task_name: Type.String(),
  created_at: instant('When the call was accepted'),
});
export type EnqueueAnswer = Static<typeof enqueueAnswer>;

const callLinks = Type.Object({
  self: Type.String({ description: 'The document of the call' }),
  events: Type.String({ description: 'The same as server-sent events' }),
});

/** Answer 202 of `POST /gateway/v1/tasks/{alias}/calls`. */
export const taskCallAnswer = Type.Object({
  call_id: Type.String(),
  status: Type.Literal('queued'),
  links: callLinks,
});
export type TaskCallAnswer = Static<typeof taskCallAnswer>;

const input = {
  input_schema: Type.Optional(Type.Unknown({ description: 'JSON Schema that the input must fit' })),
  example: Type.Optional(Type.Unknown({ description: 'An input that fits' })),
};

/** What `GET /gateway/v1/tasks` lists. */
export const callableTask = Type.Object({
  alias: Type.String(),
  public_id: Type.String({ description: 'The `task_id` of the legacy form' }),
  description: Type.String(),
  ...input,
  default_queue: Type.String(),
  queues: Type.Optional(
    Type.Array(Type.String(), { description: 'Queues that a call may name; without the list any' }),
  ),
});
export type CallableTask = Static<typeof callableTask>;

/** What `GET /gateway/v1/models` lists. */
export const callableModel = Type.Object({
  alias: Type.String(),
  machine_id: Type.String({ description: 'The public id of the legacy form' }),
  endpoint: Type.String(),
  description: Type.String(),
  ...input,
});
export type CallableModel = Static<typeof callableModel>;

export const callableTasks = Type.Object({ tasks: Type.Array(callableTask) });
export const callableModels = Type.Object({ models: Type.Array(callableModel) });

const url = Type.String({
  description: 'Where to fetch it, signed for a day; below the same origin when it has none',
});

/** What became of a call: answer of `GET /gateway/v1/calls/{call_id}`, of its events, and body of its callback. */
export const callDocument = Type.Object({
  call_id: Type.String(),
  kind: Type.Enum(['enqueue', 'ondemand']),
  status: callStatus,
  created_at: instant('When the call came'),
  started_at: Type.Optional(instant('When its task began to run')),
  ended_at: Type.Optional(instant('When it ended')),
  alias: Type.Optional(Type.String()),
  queue: Type.Optional(Type.String()),
  task_name: Type.Optional(Type.String()),
  progress: Type.Optional(Type.Number({ description: 'Percent, when the task reported it' })),
  last_iteration: Type.Optional(Type.Integer({ minimum: 0 })),
  queue_position: Type.Optional(
    Type.Integer({ minimum: 0, description: 'Tasks before it in its queue: 0 is next' }),
  ),
  timings: Type.Object(
    {
      queued_ms: Type.Optional(milliseconds('In the queue, until now if it still waits')),
      running_ms: Type.Optional(milliseconds('Running, until now if it still does')),
      total_ms: Type.Optional(milliseconds('From its arrival to its end, or until now')),
      phases: Type.Optional(
        Type.Record(Type.String(), Type.Number(), { description: 'In each step within the gateway' }),
      ),
    },
    { description: 'Milliseconds' },
  ),
  error: Type.Optional(Type.String({ description: 'Why it failed or was stopped' })),
  result: Type.Optional(
    Type.Unknown({ description: 'The artifact `result` of the task, when it is JSON under 1 MiB' }),
  ),
  result_url: Type.Optional(url),
  artifacts: Type.Optional(
    Type.Array(
      Type.Object({
        name: Type.String(),
        type: Type.String(),
        url,
        size: Type.Optional(Type.Number({ description: 'Bytes' })),
      }),
    ),
  ),
  models: Type.Optional(Type.Array(Type.Object({ name: Type.String(), url }))),
  values: Type.Optional(
    Type.Array(Type.Object({ metric: Type.String(), variant: Type.String(), value: Type.Number() })),
  ),
  links: callLinks,
});
export type CallDocument = Static<typeof callDocument>;
