import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { GatewayContext } from './context.ts';
import { type AliasPath, beginByAlias, queueByAlias } from './modern.ts';
import { ondemand } from './ondemand/ondemand.ts';

const path = '/gateway/v1/models/:alias/calls';
const isModelCall = (url = '') => /^\/gateway\/v1\/models\/[^/]+\/calls/.test(url);

/**
 * Calls of models by alias. They are answered in a hook: what Fastify does next would be to read the body, which is not read here
 * before it is known where it goes. So hooks that run when an answer is sent must not be asynchronous here: until it is marked as
 * sent, Fastify would go on.
 */
export function modelCallRoutes(app: FastifyInstance, context: GatewayContext): void {
  askBeforeBodies(app.server);
  const onRequest = (request: FastifyRequest<AliasPath>, reply: FastifyReply) =>
    answer(context, request, reply);
  app.post<AliasPath>(path, { config: { call: 'ondemand' }, onRequest }, async (_request, reply) => reply);
}

async function answer(context: GatewayContext, request: FastifyRequest<AliasPath>, reply: FastifyReply) {
  const { call, caller, alias } = await beginByAlias(context, request);
  const order = {
    by: { alias },
    body: { request: request.raw, ask: () => goOn(request.raw, reply.raw) },
    headers: passedHeaders(request),
    queueInstead: (id: string, params: Record<string, unknown>) =>
      queueByAlias(context, { call, caller, order: { by: { id }, params, queue: undefined } }, reply),
  };
  await ondemand(context, call, caller, order, reply);
}

/** Whoever sends `Expect: 100-continue` is told to go on when the body is wanted, and not before. */
function askBeforeBodies(server: Server): void {
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    if (!isModelCall(request.url)) response.writeContinue();
    server.emit('request', request, response);
  });
}

function goOn({ headers }: IncomingMessage, response: ServerResponse): void {
  if (headers.expect?.toLowerCase() === '100-continue') response.writeContinue();
}

/** The last says where the JSON of a binary request of the Open Inference Protocol (KServe, Triton) ends. */
const optionalHeaders = ['content-encoding', 'accept-language', 'inference-header-content-length'];

/** What a model needs to know of a request; tokens and cookies stay here. */
function passedHeaders({ headers }: FastifyRequest): Record<string, string> {
  const passed: Record<string, string> = {
    'content-type': headers['content-type'] ?? 'application/json',
    accept: headers.accept ?? '*/*',
  };
  for (const name of optionalHeaders) {
    const value = headers[name];
    if (typeof value === 'string') passed[name] = value;
  }
  return passed;
}
