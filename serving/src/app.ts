import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import Fastify, { type FastifyBaseLogger, type FastifyError, type FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import type { Config } from './config.ts';
import { Registry } from './endpoints/registry.ts';
import { loadOnnx } from './engines/onnx.ts';
import { type ErrorCode, errorBody, ServingError } from './errors.ts';
import { limitDecoder, maxImageBytes } from './input/image.ts';
import { addRoutes } from './routes.ts';

/** A file of the largest size in base64, and room for the JSON around it. */
const bodyLimit = Math.ceil(maxImageBytes / 3) * 4 + 64 * 1024;
const fetchTimeoutMs = 5000;
const requestTimeoutMs = 30_000;
/** A changed file is noticed within this time. Polling also works where file events do not: network and container mounts. */
const pollMs = 1000;

export interface Runtime {
  /** Base URL it listens at. */
  url: string;
  /** Lets running calls end, then frees the models. */
  stop(): Promise<void>;
}

/** Loads the wanted endpoints, listens, and keeps following the wanted state. Throws when it cannot listen. */
export async function startRuntime(config: Config, log: Logger): Promise<Runtime> {
  limitDecoder();
  const registry = new Registry(config.configFile, { onnx: loadOnnx }, log);
  await registry.reconcile();
  const app = createApp(log);
  addRoutes(app, registry, {
    networks: config.fetchNetworks,
    timeoutMs: fetchTimeoutMs,
    maxBytes: maxImageBytes,
  });

  const url = await app.listen({ host: config.bind, port: config.port });
  const stopped = new AbortController();
  const following = follow(registry, stopped.signal);
  return {
    url,
    stop: async () => {
      stopped.abort();
      await app.close();
      await following;
      await registry.close();
    },
  };
}

async function follow(registry: Registry, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await sleep(pollMs, undefined, { signal }).catch(() => undefined);
    if (!signal.aborted) await registry.reconcile();
  }
}

function createApp(log: Logger): FastifyInstance {
  const app = Fastify({
    // The gateway logs calls; here only what goes wrong is logged.
    loggerInstance: log.child({}, { level: 'warn' }) as FastifyBaseLogger,
    genReqId: () => randomUUID(),
    bodyLimit,
    requestTimeout: requestTimeoutMs,
    routerOptions: { maxParamLength: 300 },
    ajv: { customOptions: { coerceTypes: false, removeAdditional: false } },
  });
  closeDrainedConnections(app);
  app.removeContentTypeParser('text/plain');
  app.setErrorHandler<FastifyError | ServingError>((error, request, reply) => {
    const told = error instanceof ServingError ? error : translate(error, request.id);
    if (told.status === 500) request.log.error(error, 'request failed');
    return reply.status(told.status).send(errorBody(told));
  });
  app.setNotFoundHandler((request) => {
    const message = `There is no ${request.method} ${request.url.split('?')[0]}. Send POST /serve/{endpoint}.`;
    throw new ServingError('unknown_route', message);
  });
  return app;
}

/** A caller's connection that is busy when the server closes would afterwards be kept alive, and the server with it. */
function closeDrainedConnections(app: FastifyInstance): void {
  let closing = false;
  app.addHook('preClose', async () => {
    closing = true;
  });
  app.addHook('onSend', async (_request, reply) => {
    if (closing) reply.header('connection', 'close');
  });
}

const codes: Record<number, ErrorCode> = { 413: 'too_large', 415: 'unsupported_media_type' };

/** Says what Fastify found wrong in our words; everything else is our fault, and the id finds it in the log. */
function translate(error: FastifyError, id: string): ServingError {
  const [fault] = error.validation ?? [];
  if (fault) {
    const { missingProperty, additionalProperty, allowedValues } = fault.params;
    const field = [...fault.instancePath.split('/').slice(1), missingProperty ?? additionalProperty ?? []]
      .flat()
      .join('.');
    const remedy = allowedValues ? `: ${(allowedValues as string[]).join(', ')}` : '';
    return new ServingError(
      'invalid_request',
      `${field || 'The body'} ${fault.message}${remedy}.`,
      field || undefined,
    );
  }
  const status = error.statusCode ?? 500;
  if (status < 500) return new ServingError(codes[status] ?? 'invalid_request', error.message);
  return new ServingError('internal_error', `Something went wrong here. Look for ${id} in the log.`);
}
