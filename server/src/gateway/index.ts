import type { GatewayError as ErrorAnswer } from '@arno/protocol';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { AddressRules } from '../features/mappings/index.ts';
import { Call } from './call.ts';
import { insertCall } from './call-store.ts';
import { bodyOf, type GatewayContext } from './context.ts';
import { GatewayError } from './errors.ts';
import { legacyRoutes } from './legacy.ts';
import { Machines } from './machines.ts';
import { modernCallRoutes } from './modern.ts';
import { readingRoutes } from './reading.ts';

export {
  type CallRow,
  type CallSummary,
  countCalls,
  findCall,
  listCalls,
} from './call-queries.ts';
export { embeddedTasks } from './embedded-tasks.ts';
export type { ResultFiles } from './result.ts';

const maxBodyBytes = 16 * 1024 * 1024;

export interface GatewayOptions extends Omit<GatewayContext, 'machines'> {
  /** Where no serving machine may be. */
  addresses: AddressRules;
}

/**
 * The public inference door, as a Fastify plugin: queues tasks and routes to models, for callers with a token. Each call has a
 * row in the log that is durable before its answer leaves, also when it fails before anything was found.
 */
export function gateway({ addresses, ...options }: GatewayOptions) {
  return async function plugin(app: FastifyInstance): Promise<void> {
    const context: GatewayContext = { ...options, machines: new Machines(addresses) };
    app.addHook('onClose', () => context.machines.close());
    app.decorateRequest('gatewayCall', undefined);
    app.removeAllContentTypeParsers();
    app.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: maxBodyBytes }, (_request, body, done) =>
      done(null, body),
    );
    app.addHook('onRequest', async (request) => {
      const kind = request.routeOptions.config.call;
      const announced = Number(request.headers['content-length']) || 0;
      if (kind) request.gatewayCall = new Call(kind, announced);
    });
    app.addHook('preHandler', async (request) => {
      request.gatewayCall?.received({ bytes: bodyOf(request), contentType: request.headers['content-type'] });
    });
    app.setErrorHandler((error, request, reply) => answerError(context, error, request, reply));
    legacyRoutes(app, context);
    modernCallRoutes(app, context);
    readingRoutes(app, context);
    app.all('/gateway/*', (request) => {
      throw new GatewayError('not_found', `there is no ${request.method} ${request.url.split('?')[0]}`);
    });
  };
}

/** Logs a failed call, then answers. A row that cannot be written does not hide what went wrong from the caller. */
async function answerError(
  { db, log }: GatewayContext,
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const call = request.gatewayCall;
  const failure = asGatewayError(error) ?? unexpected(error, call?.id ?? request.id, { log });
  if (call) {
    call.failed(failure);
    await insertCall(db, call).catch((err) => log.error({ err, call: call.id }, 'call not logged'));
    reply.header('arno-call-id', call.id);
  }
  const { code, message, status } = failure;
  const answer: ErrorAnswer = {
    status: 'error',
    error: { code, message },
    ...(call && { call_id: call.id }),
  };
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

function unexpected(error: unknown, id: string, { log }: Pick<GatewayContext, 'log'>): GatewayError {
  log.error({ err: error, id }, 'unexpected error in the gateway');
  return new GatewayError(
    'internal_error',
    `something went wrong here; the server's log has more under ${id}`,
  );
}
