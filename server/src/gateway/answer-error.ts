import type { GatewayError as ErrorAnswer } from '@arno/protocol';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import type { Kysely } from 'kysely';
import type { Logger } from '../platform/log.ts';
import type { DB } from '../platform/schema.ts';
import type { Call } from './call.ts';
import { insertCall } from './call-store.ts';
import { withdrawHeaders } from './deliver.ts';
import { GatewayError } from './errors.ts';
import { machineFailure } from './machines.ts';
import type { Strangers } from './strangers.ts';

export const maxBodyBytes = 16 * 1024 * 1024;

interface Context {
  db: Kysely<DB>;
  log: Logger;
  strangers: Strangers;
}

/** Logs a failed call, then answers. A row that cannot be written does not hide what went wrong from the caller. */
export async function answerError(
  context: Context,
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const call = request.gatewayCall;
  if (!call) return send(reply, asGatewayError(error) ?? unexpected(error, request.id, context));
  if (call.isStreamed) {
    // The model's answer broke before its first byte had left; whoever passes it on completes the row.
    withdrawHeaders(reply);
    return send(reply, machineFailure(error), call);
  }
  const failure = asGatewayError(error) ?? unexpected(error, call.id, context);
  const verdict = call.isAnonymous ? await context.strangers.judge(request.ip) : { logged: true };
  const { logged, retryAfter } = verdict;
  if (retryAfter !== undefined) reply.header('retry-after', retryAfter);
  const answered = retryAfter === undefined ? failure : tooMany(retryAfter);
  if (logged) await logFailure(context, call, answered);
  return send(reply, answered, logged ? call : undefined);
}

async function logFailure({ db, log }: Context, call: Call, failure: GatewayError): Promise<void> {
  call.failed(failure);
  await insertCall(db, call).catch((err) => log.error({ err, call: call.id }, 'call not logged'));
}

function send(reply: FastifyReply, { code, message, status }: GatewayError, call?: Call): FastifyReply {
  const answer: ErrorAnswer = {
    status: 'error',
    error: { code, message },
    ...(call && { call_id: call.id }),
  };
  if (call) reply.header('arno-call-id', call.id);
  return reply.code(status).send(answer);
}

/** Rows of the error table, also for what Fastify refuses before a handler runs. */
function asGatewayError(error: unknown): GatewayError | undefined {
  if (error instanceof GatewayError) return error;
  const { code, statusCode = 500, message } = error as FastifyError;
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
    return new GatewayError('body_too_large', `the body is larger than ${maxBodyBytes} bytes`);
  }
  return statusCode < 500 ? new GatewayError('invalid_request', message) : undefined;
}

function tooMany(seconds: number): GatewayError {
  const message = `too many calls without a valid token came from your address; try again in ${seconds} s`;
  return new GatewayError('too_many_requests', message);
}

function unexpected(error: unknown, id: string, { log }: Pick<Context, 'log'>): GatewayError {
  log.error({ err: error, id }, 'unexpected error in the gateway');
  return new GatewayError(
    'internal_error',
    `something went wrong here; the server's log has more under ${id}`,
  );
}

/**
 * For the option `frameworkErrors` of Fastify, which has no error handler yet when it cannot read a path: answers in the
 * gateway's shape for the gateway's paths.
 *
 * @returns undefined for any other path, which is not answered
 */
export function answerUnreadablePath(
  error: FastifyError,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply | undefined {
  if (!/^\/(gateway|serve|clearml\/serve)\//.test(request.raw.url ?? '')) return undefined;
  return send(reply, new GatewayError('invalid_request', error.message));
}
