import type { FastifyRequest } from 'fastify';
import type { Kysely } from 'kysely';
import type { Auth } from '../features/auth/index.ts';
import type { Logger } from '../platform/log.ts';
import type { DB } from '../platform/schema.ts';
import type { Call, CallKind } from './call.ts';
import type { Machines } from './machines.ts';
import type { ResultStore } from './result.ts';
import type { TaskBackend } from './task-backend.ts';

/** What every route of the gateway works with. */
export interface GatewayContext {
  db: Kysely<DB>;
  log: Logger;
  auth: Auth;
  tasks: TaskBackend;
  machines: Machines;
  files: ResultStore;
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

/** The raw body; empty when there is none. */
export function bodyOf({ body }: FastifyRequest): Buffer {
  return Buffer.isBuffer(body) ? body : Buffer.alloc(0);
}
