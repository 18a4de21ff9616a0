import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import compress from '@fastify/compress';
import helmet from '@fastify/helmet';
import fastifyStatic from '@fastify/static';
import Fastify, {
  type FastifyInstance,
  type FastifyPluginAsync,
  type FastifyReply,
  type FastifyRequest,
} from 'fastify';
import { malformedPath } from './clearml/router.ts';
import type { Config } from './config.ts';
import { answerUnreadablePath } from './gateway/index.ts';
import type { HealthReport } from './health.ts';

/** The doors that this process opens, as plugins that know nothing of ports and prefixes. */
export interface Doors {
  clearml?: FastifyPluginAsync | undefined;
  files?: FastifyPluginAsync | undefined;
  gateway?: FastifyPluginAsync | undefined;
  console?: FastifyPluginAsync | undefined;
  metrics: FastifyPluginAsync;
  health: () => Promise<HealthReport>;
}

const webRoot = fileURLToPath(new URL('../../web/dist', import.meta.url));

/** How long a request may take to arrive. A peer that stalls is cut off; a large upload needs its time. */
const requestTimeouts = { api: 300_000, web: 1_800_000, files: 0 };

/** An address that cannot be decoded reaches no door; who knocked is told by its beginning. Without a prefix it is the API's. */
function answerMalformed({ message }: Error, url: string, reply: FastifyReply): void {
  const isConsole = /^\/(console|files)\//.test(url);
  const error = { code: 'invalid_request', message };
  void reply.code(400).send(isConsole ? { error } : malformedPath(url));
}

/** Running requests get this long to end when the server stops. */
const drainMs = 10_000;

function listener(requestTimeout: number, trustedProxies: string[]): FastifyInstance {
  const app = Fastify({
    logger: false,
    requestTimeout,
    // Nobody else may say on whose behalf they ask.
    trustProxy: trustedProxies.length > 0 ? trustedProxies : false,
    // The SDK repeats query arguments, and its names are long.
    routerOptions: { maxParamLength: 2000 },
    forceCloseConnections: 'idle',
    frameworkErrors: (error, request, reply) => {
      if (!answerUnreadablePath(error, request, reply)) answerMalformed(error, request.url, reply);
    },
  });
  let closing = false;
  app.addHook('preClose', async () => {
    closing = true;
  });
  // A connection that is busy when the server closes would afterwards be kept alive, and the server with it.
  app.addHook('onSend', (_request, reply, payload, done) => {
    if (closing) reply.header('connection', 'close');
    done(null, payload);
  });
  return app;
}

/** Everything on one origin: the console at `/`, the API below `/api`, files below `/files`, the gateway, health, metrics. */
export async function webListener(doors: Doors, trustedProxies: string[]): Promise<FastifyInstance> {
  const app = listener(requestTimeouts.web, trustedProxies);
  await app.register((browsers) => forBrowsers(browsers, doors));
  if (doors.files) await app.register(doors.files, { prefix: '/files' });
  if (doors.gateway) await app.register(doors.gateway);
  if (!doors.console) app.get('/health', (_request, reply) => answerHealth(reply, doors));
  await app.register(doors.metrics);
  return app;
}

async function answerHealth(reply: FastifyReply, { health }: Pick<Doors, 'health'>): Promise<FastifyReply> {
  const report = await health();
  return reply.code(report.status === 'ok' ? 200 : 503).send(report);
}

/**
 * The console with its APIs. Lists and scripts shrink to a fraction, which is worth it to people far away; a call of a model, an
 * agent and a file wait for nothing. Events are sent as they happen.
 */
async function forBrowsers(app: FastifyInstance, doors: Doors): Promise<void> {
  // Only answers: nobody needs to send compressed requests, which can be far larger than they look.
  await app.register(compress, { encodings: ['gzip'], threshold: 1024, globalDecompression: false });
  if (doors.clearml) await app.register(doors.clearml, { prefix: '/api' });
  if (!doors.console) return;
  await app.register(doors.console, { prefix: '/console/v1' });
  await app.register((pages) => consolePages(pages, doors));
}

/** The console's files; any other path is a view of the console, which reads it from its address. */
async function consolePages(app: FastifyInstance, doors: Pick<Doors, 'health'>): Promise<void> {
  const hasPages = existsSync(webRoot);
  const isPage = ({ method, headers }: FastifyRequest) =>
    hasPages && method === 'GET' && headers.accept?.includes('text/html');
  // A view of the console too: a browser is shown the page, a probe told the state.
  app.get('/health', (request, reply) =>
    isPage(request) ? reply.sendFile('index.html') : answerHealth(reply.header('vary', 'accept'), doors),
  );
  await app.register(helmet, {
    contentSecurityPolicy: {
      directives: {
        defaultSrc: ["'self'"],
        scriptSrc: ["'self'"],
        // The component library sets styles on elements.
        styleSrc: ["'self'", "'unsafe-inline'"],
        imgSrc: ["'self'", 'data:', 'blob:'],
        connectSrc: ["'self'"],
        fontSrc: ["'self'", 'data:'],
        frameAncestors: ["'none'"],
        // The server speaks plain HTTP; who puts TLS before it decides this.
        upgradeInsecureRequests: null,
      },
    },
    strictTransportSecurity: false,
    crossOriginOpenerPolicy: false,
    originAgentCluster: false,
  });
  if (!hasPages) return;
  await app.register(fastifyStatic, {
    root: webRoot,
    wildcard: false,
    cacheControl: false,
    setHeaders: (reply, path) => {
      // Names of built files carry a hash of their content; the page that names them must be asked for each time.
      const immutable = path.includes('/assets/');
      reply.setHeader('cache-control', immutable ? 'public, max-age=31536000, immutable' : 'no-cache');
    },
  });
  app.setNotFoundHandler((request, reply) => {
    return isPage(request)
      ? reply.sendFile('index.html')
      : reply.code(404).send({ error: { code: 'not_found', message: request.url } });
  });
}

/** Listens on the ports of the doors; answers what ends it: no new connections, running requests to their end. */
export async function listen(
  doors: Doors,
  { bind, ports, trustedProxies }: Config,
): Promise<() => Promise<void>> {
  const apps: [FastifyInstance, number][] = [];
  for (const [door, timeout, port] of [
    [doors.clearml, requestTimeouts.api, ports.api],
    [doors.files, requestTimeouts.files, ports.files],
  ] as const) {
    if (!door) continue;
    const app = listener(timeout, trustedProxies);
    await app.register(door);
    apps.push([app, port]);
  }
  if (doors.gateway || doors.console) apps.push([await webListener(doors, trustedProxies), ports.web]);
  for (const [app, port] of apps) await app.listen({ host: bind, port });
  return async () => {
    // Connections on which nobody ever sent a request are neither idle nor busy to Node, and would be waited for.
    const cut = setTimeout(() => {
      for (const [app] of apps) app.server.closeAllConnections();
    }, drainMs);
    await Promise.all(apps.map(([app]) => app.close()));
    clearTimeout(cut);
  };
}
