import type { FastifyInstance, FastifyRequest, onRequestHookHandler } from 'fastify';
import type { Auth } from '../features/auth/index.ts';
import type { AccessTokens } from '../features/login/index.ts';
import type { Notifications } from '../platform/notifications.ts';
import { answerError, maxBodyBytes } from './answer-error.ts';
import { callEventRoutes } from './call-events.ts';
import type { GatewayContext } from './context.ts';
import { allowOrigins } from './cors.ts';
import { CallWatch } from './enqueue/call-watch.ts';
import { GatewayError } from './errors.ts';
import { Identity } from './identity/identity.ts';
import { Limits } from './identity/limits.ts';
import { Strangers } from './identity/strangers.ts';
import { legacyRoutes } from './legacy.ts';
import { Call, type CallKind } from './log/call.ts';
import { modelCallRoutes } from './models.ts';
import { modernCallRoutes } from './modern.ts';
import { RunningCalls } from './ondemand/running-calls.ts';
import { openApiRoutes } from './openapi/routes.ts';
import { readingRoutes } from './reading.ts';
import { drain } from './unread-body.ts';

export { answerUnreadablePath } from './answer-error.ts';
export { type CallbackRow, findCallback } from './callbacks/callback-store.ts';
export { Callbacks, type CallbacksOptions } from './callbacks/callbacks.ts';
export { dropOldKeys } from './enqueue/idempotency.ts';
export type { ResultFiles } from './enqueue/result.ts';
export { GatewayError } from './errors.ts';
export { dropOldCounts } from './identity/limits.ts';
export { Call } from './log/call.ts';
export { callChannel, mergeTextIndexes, rollUpCalls } from './log/call-changes.ts';
export { type Choice, callChoices } from './log/call-choices.ts';
export { countFoundCalls } from './log/call-count.ts';
export { CallFeed } from './log/call-feed.ts';
export type { CallFilter } from './log/call-filter.ts';
export { CallLog } from './log/call-log.ts';
export {
  type CallPlace,
  type CallRow,
  type CallSummary,
  findCall,
  listCalls,
  listWholeCalls,
  summaryColumns,
} from './log/call-queries.ts';
export { deleteCalls, deleteOldCalls } from './log/call-removal.ts';
export { callStats, type StatsQuery, type StatsRow, TooManyRowsError, wholeHours } from './log/call-stats.ts';
export { closeInterruptedCalls } from './log/call-store.ts';
export { type ImportedCall, importCalls } from './log/imported-calls.ts';
export { countCallsOfDeadServers } from './log/lost-calls.ts';
export { hideSecrets } from './log/mask.ts';
export { type Backlog, type QueuedTime, readBacklog } from './metrics/backlog.ts';
export { FastHistogram } from './metrics/fast-histogram.ts';
export { GatewayMetrics } from './metrics/gateway-metrics.ts';
export { watchMachines } from './metrics/machine-metrics.ts';
export { callsChannel } from './ondemand/running-calls.ts';
export { Serving } from './ondemand/serving.ts';
export { EmbeddedTasks } from './tasks/embedded-tasks.ts';
export type { RemoteFiles } from './tasks/remote/remote-files.ts';
export type { RemoteServerOptions } from './tasks/remote/remote-server.ts';
export { RemoteTasks } from './tasks/remote/remote-tasks.ts';
export type { TaskBackend, TaskOrder } from './tasks/task-backend.ts';

/** Bytes; what a header announces beyond that is not believed before it came. The sums of many such calls must fit into 64 bits. */
const maxAnnounced = 2 ** 31;

export interface GatewayOptions extends Omit<GatewayContext, 'identity' | 'limits' | 'watch' | 'running'> {
  auth: Auth;
  /** Of `callsChannel`: what becomes of calls, on whichever server. */
  statusChanges: Notifications;
  /** Access tokens of the single sign-on's provider; undefined without one. */
  accessTokens: AccessTokens | undefined;
  /** Origins whose pages may call from a browser; none when not given. */
  allowedOrigins?: readonly string[] | undefined;
}

/**
 * The public inference door, as a Fastify plugin: queues tasks and routes to models, for callers with a token. Each call has a
 * row in the log that is durable before its answer leaves, also when it fails before anything was found.
 */
export function gateway({ auth, accessTokens, statusChanges, allowedOrigins, ...options }: GatewayOptions) {
  return async function plugin(app: FastifyInstance): Promise<void> {
    const { db, log, metrics } = options;
    const strangers = new Strangers();
    const context: GatewayContext = {
      ...options,
      identity: new Identity({ db, auth, accessTokens, strangers }),
      limits: new Limits(db, log),
      watch: new CallWatch({ ...options, changes: statusChanges }),
      running: new RunningCalls(),
    };
    const unsubscribe = statusChanges.subscribe((payload) => context.running.hear(payload));
    app.addHook('onClose', async () => {
      unsubscribe();
      await context.watch.close();
      await context.calls.close();
    });
    app.addHook('onRequest', takesItsTurn);
    app.decorateRequest('gatewayCall', undefined);
    allowOrigins(app, allowedOrigins ?? []);
    app.removeAllContentTypeParsers();
    app.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: maxBodyBytes }, (_request, body, done) =>
      done(null, body),
    );
    app.addHook('onRoute', (route) => {
      const kind = route.config?.call;
      // Of the route and not of all: to ask each request for its route's settings takes as long as all else that is done here.
      if (kind) route.onRequest = [callBegins(context, kind), ...[route.onRequest ?? []].flat()];
    });
    // Also an error's answer passes here, but not one of a model: deliver() counts that when it has ended.
    app.addHook('onSend', (request, _reply, _payload, done) => {
      if (request.gatewayCall) metrics.ended(request.gatewayCall.measure);
      // By its route, because a call that repeats another one is none any more.
      if (request.routeOptions.config.call) context.calls.ended();
      done();
    });
    app.addHook('preHandler', ({ body: bytes, headers, gatewayCall }, _reply, done) => {
      // That of a model call is read later.
      if (Buffer.isBuffer(bytes)) {
        gatewayCall?.received({ bytes, size: bytes.length, contentType: headers['content-type'] });
      }
      done();
    });
    const answering = { ...context, strangers };
    app.setErrorHandler((error, request, reply) => answerError(answering, error, request, reply));
    legacyRoutes(app, context);
    modernCallRoutes(app, context);
    modelCallRoutes(app, context);
    readingRoutes(app, context);
    callEventRoutes(app, context);
    await app.register(openApiRoutes(context));
    // Told before a body is read, which may be large.
    const onRequest = async (request: FastifyRequest) => notFound(request);
    for (const path of ['/gateway/*', '/serve/*', '/clearml/serve/*']) app.all(path, { onRequest }, notFound);
  };
}

/**
 * Holds a request that was sent before the one ahead of it on its connection was answered. Node.js tells an answer that waits
 * for another nothing of the end of its connection, so that a call would never learn that its caller has left.
 */
const takesItsTurn: onRequestHookHandler = (_request, { raw }, done) => {
  if (raw.socket) done();
  else raw.once('socket', () => done());
};

function callBegins({ calls, metrics }: GatewayContext, kind: CallKind): onRequestHookHandler {
  return (request, reply, done) => {
    const announced = Math.min(Number(request.headers['content-length']) || 0, maxAnnounced);
    // Read while it can be: who calls is asked for also when the connection has gone.
    void request.raw.socket.remoteAddress;
    calls.admit();
    request.gatewayCall = new Call(kind, announced);
    const over = metrics.began(kind);
    reply.raw.on('close', () => {
      over();
      drain(request.raw);
    });
    done();
  };
}

function notFound({ method, url }: FastifyRequest): never {
  throw new GatewayError('not_found', `there is no ${method} ${url.split('?')[0]}`);
}
