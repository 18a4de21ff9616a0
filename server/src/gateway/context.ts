import type { FastifyRequest } from 'fastify';
import type { Kysely } from 'kysely';
import type { Logger } from '../platform/log.ts';
import type { DB } from '../platform/schema.ts';
import type { Callbacks } from './callbacks/callbacks.ts';
import type { CallWatch } from './enqueue/call-watch.ts';
import type { ResultStore } from './enqueue/result.ts';
import type { Identity } from './identity/identity.ts';
import type { Limits } from './identity/limits.ts';
import type { Call, CallKind } from './log/call.ts';
import type { CallLog } from './log/call-log.ts';
import type { GatewayMetrics } from './metrics/gateway-metrics.ts';
import { callerGone } from './ondemand/failures.ts';
import type { RunningCalls } from './ondemand/running-calls.ts';
import type { Serving } from './ondemand/serving.ts';
import type { TaskBackend } from './tasks/task-backend.ts';

/** What every route of the gateway works with. */
export interface GatewayContext {
  db: Kysely<DB>;
  log: Logger;
  /** Who calls. */
  identity: Identity;
  /** How often. */
  limits: Limits;
  /** Where each call gets its row. */
  calls: CallLog;
  /** Characters of a request that the row of a call keeps. */
  bodyChars: number;
  /** Where each call is counted. */
  metrics: GatewayMetrics;
  tasks: TaskBackend;
  /** Routes and machines of On-Demand calls. */
  serving: Serving;
  files: ResultStore;
  /** Who is told of the end of a call. */
  callbacks: Callbacks;
  /** Who watches a call. */
  watch: CallWatch;
  /** On-Demand calls of this server that can be cancelled. */
  running: RunningCalls;
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Marks a route of the gateway whose requests are calls, each with a row in the log. */
    call?: CallKind;
  }
  interface FastifyRequest {
    gatewayCall: Call | undefined;
  }
}

/** The call that a request to a marked route is. */
export function callOf(request: FastifyRequest): Call {
  if (!request.gatewayCall) throw new Error(`${request.url} is not marked as a call`);
  return request.gatewayCall;
}

/**
 * Before a body is left to Fastify, which waits for ever for the body of a caller who has gone: the call would have no end, and
 * no row.
 *
 * @throws GatewayError client_closed
 */
export function requireCallerThere({ raw }: FastifyRequest): void {
  if (raw.destroyed) throw callerGone();
}

/** The raw body; empty when there is none. */
export function bodyOf({ body }: FastifyRequest): Buffer {
  return Buffer.isBuffer(body) ? body : Buffer.alloc(0);
}
