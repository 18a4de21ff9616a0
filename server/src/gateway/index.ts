import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { AddressRules } from '../features/mappings/index.ts';
import { answerError, maxBodyBytes } from './answer-error.ts';
import { Call } from './call.ts';
import { bodyOf, type GatewayContext } from './context.ts';
import { GatewayError } from './errors.ts';
import { legacyRoutes } from './legacy.ts';
import { Machines } from './machines.ts';
import { modernCallRoutes } from './modern.ts';
import { readingRoutes } from './reading.ts';
import { Strangers } from './strangers.ts';

export { answerUnreadablePath } from './answer-error.ts';
export {
  type CallRow,
  type CallSummary,
  countCalls,
  findCall,
  listCalls,
} from './call-queries.ts';
export { closeInterruptedCalls } from './call-store.ts';
export { embeddedTasks } from './embedded-tasks.ts';
export type { ResultFiles } from './result.ts';

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
      const bytes = bodyOf(request);
      const contentType = request.headers['content-type'];
      request.gatewayCall?.received({ bytes, size: bytes.length, contentType });
    });
    const answering = { ...context, strangers: new Strangers() };
    app.setErrorHandler((error, request, reply) => answerError(answering, error, request, reply));
    legacyRoutes(app, context);
    modernCallRoutes(app, context);
    readingRoutes(app, context);
    for (const path of ['/gateway/*', '/serve/*', '/clearml/serve/*']) app.all(path, notFound);
  };
}

function notFound({ method, url }: FastifyRequest): never {
  throw new GatewayError('not_found', `there is no ${method} ${url.split('?')[0]}`);
}
