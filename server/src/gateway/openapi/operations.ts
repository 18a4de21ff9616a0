import {
  callableModels,
  callableTasks,
  callDocument,
  enqueueAnswer,
  type GatewayErrorCode,
  legacyEnqueueRequest,
  legacyOndemandRequest,
  taskCallAnswer,
  taskCallRequest,
} from '@arno/protocol';
import type { TSchema } from 'typebox';

/** One route as the OpenAPI document has it. */
export interface Operation {
  method: 'get' | 'post' | 'delete';
  /** With parameters in braces. */
  path: string;
  id: string;
  tag: 'Tasks' | 'Models' | 'Calls' | 'Legacy' | 'Documentation';
  summary: string;
  description?: string;
  /** Needs no token; one may come with it. */
  isOpen?: boolean;
  headers?: Record<string, string>;
  body?: Content;
  answers: Record<number, { description: string; content?: Content; headers?: readonly HeaderName[] }>;
  errors: readonly GatewayErrorCode[];
  /** The caller may name a receiver of the call's document. */
  hasCallback?: boolean;
}

export interface Content {
  schema: TSchema | 'any';
  type?: 'application/json' | 'text/event-stream' | '*/*';
}

/** Headers of answers, and what they say. */
export const answerHeaders = {
  'Arno-Call-Id': 'The call, for its document and for the log',
  'Idempotency-Replayed': '`true` when the call was made before with the same Idempotency-Key',
  'Retry-After': 'Seconds after which another try may succeed',
  'RateLimit-Policy': 'The limits of the mapping for each caller: calls and `w`, the window in seconds',
  'RateLimit-Limit': 'Calls of the limit that is nearest',
  'RateLimit-Remaining': 'Calls that are left of it',
  'RateLimit-Reset': 'Seconds until it begins anew',
  'WWW-Authenticate': '`Bearer`',
} as const;
export type HeaderName = keyof typeof answerHeaders;

export const limits = [
  'RateLimit-Policy',
  'RateLimit-Limit',
  'RateLimit-Remaining',
  'RateLimit-Reset',
] as const;
const ofCall = ['Arno-Call-Id', ...limits] as const;

const withToken = [
  'unauthorized',
  'forbidden',
  'too_many_requests',
  'issuer_unavailable',
  'overloaded',
  'internal_error',
] as const;
const limited = ['rate_limited', 'quota_exceeded', 'limiter_unavailable'] as const;
const queueing = [
  'unknown_public_id',
  'unknown_queue',
  'queue_not_allowed',
  'invalid_params',
  'backend_refused',
  'backend_unavailable',
] as const;
const onDemand = [
  'unknown_public_id',
  'unknown_endpoint',
  'invalid_params',
  'bad_answer',
  'machine_unavailable',
  'deadline_exceeded',
  'cancelled',
] as const;
const body = ['invalid_request', 'missing_field', 'body_too_large'] as const;
const ofOneCall = [...withToken, 'unknown_call', 'backend_unavailable'] as const;

const document: Content = { schema: callDocument };
const tokenInBody =
  'The token may be in the body as `access_token`; one in the headers is looked at before the body is read.';
const idempotency = {
  'Idempotency-Key':
    'With the same key and body the call is made once, however often it is sent within 24 hours',
};

const modern: Operation[] = [
  {
    method: 'post',
    path: '/gateway/v1/tasks/{alias}/calls',
    id: 'callTask',
    tag: 'Tasks',
    summary: 'Queue a call of a task',
    description:
      'Parameters are those of the section `General`, nested objects are paths with `/`; a name such as `Args/lr` means `lr` of the section `Args`.',
    headers: idempotency,
    body: { schema: taskCallRequest },
    answers: {
      202: {
        description: 'The call is queued',
        content: { schema: taskCallAnswer },
        headers: [...ofCall, 'Idempotency-Replayed'],
      },
    },
    errors: [...withToken, ...body, ...limited, ...queueing, 'idempotency_conflict'],
    hasCallback: true,
  },
  {
    method: 'post',
    path: '/gateway/v1/models/{alias}/calls',
    id: 'callModel',
    tag: 'Models',
    summary: 'Call a model and get its answer',
    description: 'Any content type. Both bodies are streamed; server-sent events are passed through.',
    body: { schema: 'any', type: '*/*' },
    answers: {
      200: {
        description: 'The answer of the model, with its own status and content type',
        content: { schema: 'any', type: '*/*' },
        headers: ofCall,
      },
      202: {
        description:
          'No machine carries the model now, and the call is queued instead, where the model says so',
        content: { schema: taskCallAnswer },
        headers: ofCall,
      },
    },
    errors: [...withToken, ...body, ...limited, ...onDemand, 'backend_refused', 'backend_unavailable'],
  },
  {
    method: 'get',
    path: '/gateway/v1/calls/{call_id}',
    id: 'getCall',
    tag: 'Calls',
    summary: 'What became of a call',
    answers: { 200: { description: 'The document of the call', content: document } },
    errors: ofOneCall,
  },
  {
    method: 'get',
    path: '/gateway/v1/calls/{call_id}/events',
    id: 'watchCall',
    tag: 'Calls',
    summary: 'What becomes of a call, as server-sent events until it ends',
    description:
      'Each event has the document of the call as its data: one event now, then one whenever its status, progress, iteration or place in the queue changes. The stream may break off earlier: then connect again, as EventSource does by itself.',
    headers: { 'Last-Event-ID': 'Sent by EventSource: the last event that it has seen' },
    answers: {
      200: { description: 'The events', content: { schema: callDocument, type: 'text/event-stream' } },
      204: { description: 'The call has ended, and the client has seen that' },
    },
    errors: [...ofOneCall, 'too_many_streams'],
  },
  {
    method: 'delete',
    path: '/gateway/v1/calls/{call_id}',
    id: 'cancelCall',
    tag: 'Calls',
    summary: 'Cancel a call',
    description: 'May be asked again. A call that has ended stays as it is.',
    answers: {
      200: { description: 'The call has ended', content: document },
      202: { description: 'Its agent, or its server, was asked to stop', content: document },
    },
    errors: ofOneCall,
  },
  {
    method: 'get',
    path: '/gateway/v1/tasks',
    id: 'listTasks',
    tag: 'Tasks',
    summary: 'The tasks that this caller may queue',
    answers: { 200: { description: 'The tasks by alias', content: { schema: callableTasks } } },
    errors: withToken,
  },
  {
    method: 'get',
    path: '/gateway/v1/models',
    id: 'listModels',
    tag: 'Models',
    summary: 'The models that this caller may call',
    answers: { 200: { description: 'The models by alias', content: { schema: callableModels } } },
    errors: withToken,
  },
  {
    method: 'get',
    path: '/gateway/v1/openapi.json',
    id: 'getOpenApi',
    tag: 'Documentation',
    summary: 'This document',
    description:
      'With a token also a path for each task and model that the caller may call, with its input schema.',
    isOpen: true,
    answers: { 200: { description: 'OpenAPI 3.1', content: { schema: 'any' } } },
    errors: withToken,
  },
];

/** With the prefix and without: some proxies cut it off. */
const legacy: Operation[] = ['/clearml/serve', '/serve'].flatMap((prefix, index): Operation[] => [
  {
    method: 'post',
    path: `${prefix}/enqueue_task`,
    id: `enqueueTask${index || ''}`,
    tag: 'Legacy',
    summary: 'Queue a call of a task by its public id',
    description: tokenInBody,
    isOpen: true,
    headers: idempotency,
    body: { schema: legacyEnqueueRequest },
    answers: {
      200: {
        description: 'The call is queued',
        content: { schema: enqueueAnswer },
        headers: [...limits, 'Idempotency-Replayed'],
      },
    },
    errors: [...withToken, ...body, ...limited, ...queueing, 'idempotency_conflict', 'unknown_call'],
  },
  {
    method: 'post',
    path: `${prefix}/ondemand`,
    id: `ondemand${index || ''}`,
    tag: 'Legacy',
    summary: 'Call a model by its public id and endpoint',
    description: tokenInBody,
    isOpen: true,
    body: { schema: legacyOndemandRequest },
    answers: {
      200: {
        description:
          'The answer of the model, with its own status; or that of `enqueue_task`, when no machine carries the model and it says so',
        content: { schema: 'any', type: '*/*' },
        headers: ofCall,
      },
    },
    errors: [...withToken, ...body, ...limited, ...onDemand, 'backend_refused', 'backend_unavailable'],
  },
]);

export const operations: readonly Operation[] = [...modern, ...legacy];
