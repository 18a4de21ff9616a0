import type { GatewayError as ErrorAnswer } from '@arno/protocol';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { isDatabaseAway } from '../platform/database.ts';
import type { Logger } from '../platform/log.ts';
import { GatewayError, InputError } from './errors.ts';
import type { Strangers, Verdict } from './identity/strangers.ts';
import type { Call } from './log/call.ts';
import type { CallLog } from './log/call-log.ts';
import type { GatewayMetrics } from './metrics/gateway-metrics.ts';

export const maxBodyBytes = 16 * 1024 * 1024;

interface Context {
  calls: CallLog;
  log: Logger;
  metrics: GatewayMetrics;
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
  if (!call) {
    const failure = failureOf(error, request.id, context);
    // Reading needs a token too, and is no way around the limit on guesses.
    const { refusal } = failure.code === 'unauthorized' ? await judge(context, failure, request.ip) : {};
    const answered = refusal ?? failure;
    const { call: kind } = request.routeOptions.config;
    if (kind) context.metrics.turnedAway(kind, answered.status, answered.code);
    return send(reply, answered, textOf(answered));
  }
  const failure = failureOf(error, call.id, context);
  // It was about to be answered otherwise, and was logged so as far as anybody knows.
  const mayHaveRow = call.measure.outcome !== 'failed';
  if (failure.code === 'overloaded') {
    const text = textOf(failure);
    call.failed(failure, Buffer.byteLength(text));
    // Nobody is kept waiting until the database can take the row.
    if (!call.isAnonymous) void logFailure(context, call, mayHaveRow);
    return send(reply, failure, text);
  }
  const verdict = call.isAnonymous ? await judge(context, failure, request.ip) : { logged: true };
  const { logged, refusal: answered = failure } = verdict;
  const text = textOf(answered, logged ? call.id : undefined);
  call.failed(answered, Buffer.byteLength(text));
  if (logged) await logFailure(context, call, mayHaveRow);
  if (logged) reply.header('arno-call-id', call.id);
  return send(reply, answered, text);
}

function judge(
  { strangers }: Pick<Context, 'strangers'>,
  { code }: GatewayError,
  peer: string,
): Promise<Verdict> {
  return code === 'issuer_unavailable' ? strangers.judgeOutage(peer) : strangers.judge(peer);
}

async function logFailure({ calls, log }: Context, call: Call, mayHaveRow: boolean): Promise<void> {
  if (mayHaveRow) return calls.rewrite(call);
  await calls.write(call).catch((err) => log.error({ err, call: call.id }, 'call not logged'));
}

/** @param call id of a call that is in the log */
function textOf(failure: GatewayError, call?: string): string {
  const { code, message } = failure;
  const answer: ErrorAnswer = {
    status: 'error',
    error: { code, message, ...(failure instanceof InputError && { faults: [...failure.faults] }) },
    ...(call !== undefined && { call_id: call }),
  };
  return JSON.stringify(answer);
}

function send(reply: FastifyReply, { status, retryAfter }: GatewayError, text: string): FastifyReply {
  if (retryAfter !== undefined) reply.header('retry-after', retryAfter);
  if (status === 401) reply.header('www-authenticate', 'Bearer');
  return reply.code(status).type('application/json; charset=utf-8').send(text);
}

/** A row of the error table, whatever went wrong. @param id under which the server's log tells more */
function failureOf(error: unknown, id: string, { log }: Pick<Context, 'log'>): GatewayError {
  const refusal = error instanceof GatewayError ? error : refusalOfFastify(error as FastifyError);
  if (refusal) return refusal;
  if (isDatabaseAway(error)) {
    const { message: reason } = error as Error;
    log.warn({ reason, id }, 'the database does not answer in time; a request was refused');
    return new GatewayError('overloaded', 'the database does not answer in time; try again', reason, 5);
  }
  log.error({ err: error, id }, 'unexpected error in the gateway');
  return new GatewayError(
    'internal_error',
    `something went wrong here; the server's log has more under ${id}`,
  );
}

/** What Fastify refuses before a handler runs. */
function refusalOfFastify(error: FastifyError): GatewayError | undefined {
  const { code, statusCode = 500, message } = error;
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
    return new GatewayError('body_too_large', `the body is larger than ${maxBodyBytes} bytes`);
  }
  return statusCode < 500 ? new GatewayError('invalid_request', message) : undefined;
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
  const failure = new GatewayError('invalid_request', error.message);
  return send(reply, failure, textOf(failure));
}
