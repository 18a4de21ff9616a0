import type { ConsoleError } from '@arno/protocol';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { MappingError } from '../features/mappings/index.ts';
import { GatewayError } from '../gateway/index.ts';
import { isInvalidText } from '../platform/database.ts';
import { newId } from '../platform/ids.ts';
import type { Logger } from '../platform/log.ts';
import { accessRoutes } from './access.ts';
import { auditRoutes } from './audit.ts';
import { callEventRoutes } from './call-events.ts';
import { callExportRoutes } from './call-export.ts';
import { callStatsRoutes } from './call-stats.ts';
import { callbackSecretRoutes } from './callback-secrets.ts';
import { callRoutes } from './calls.ts';
import { consumerKeyRoutes } from './consumer-keys.ts';
import { admit, type ConsoleOptions } from './context.ts';
import { credentialRoutes } from './credentials.ts';
import { dashboardRoutes } from './dashboard.ts';
import { ConsoleApiError } from './errors.ts';
import { keyRoutes } from './keys.ts';
import { machineRoutes } from './machines.ts';
import { mappingOptionRoutes } from './mapping-options.ts';
import { mappingRestoreRoutes } from './mapping-restore.ts';
import { mappingUsageRoutes } from './mapping-usage.ts';
import { mappingRoutes } from './mappings.ts';
import { oidcRoutes } from './oidc.ts';
import { peopleRoutes } from './people.ts';
import { profileRoutes } from './profile.ts';
import { removedPeopleRoutes } from './removed-people.ts';
import { sessionRoutes } from './session.ts';
import { shareRoutes } from './shares.ts';
import { systemRoutes } from './system.ts';
import { taskRoutes } from './tasks.ts';
import { trackingRoutes } from './tracking.ts';
import { tryRoutes } from './try-calls.ts';
import { compileSchema } from './validation.ts';

export type { ServerFacts } from './server-facts.ts';

/** The console's JSON API below the plugin's prefix, as a Fastify plugin. protocol/src/console.ts lists it. */
export function consoleApi(options: ConsoleOptions) {
  return async function plugin(app: FastifyInstance): Promise<void> {
    app.decorateRequest('consoleCaller', undefined);
    app.setValidatorCompiler(compileSchema);
    app.addHook('onRequest', (request, reply) => admit(options.auth, request, reply));
    app.setErrorHandler((error, request, reply) => answerError(error, request, reply, options.log));
    app.setNotFoundHandler((request) => {
      throw new ConsoleApiError('not_found', `there is no ${request.method} ${request.url.split('?')[0]}`);
    });
    sessionRoutes(app, options);
    oidcRoutes(app, options);
    shareRoutes(app, options);
    dashboardRoutes(app, options);
    mappingRoutes(app, options);
    mappingUsageRoutes(app, options);
    mappingOptionRoutes(app, options);
    mappingRestoreRoutes(app, options);
    machineRoutes(app, options);
    consumerKeyRoutes(app, options);
    callbackSecretRoutes(app, options);
    removedPeopleRoutes(app, options);
    peopleRoutes(app, options);
    profileRoutes(app, options);
    credentialRoutes(app, options);
    accessRoutes(app, options);
    auditRoutes(app, options);
    taskRoutes(app, options);
    callRoutes(app, options);
    callExportRoutes(app, options);
    callEventRoutes(app, options);
    callStatsRoutes(app, options);
    keyRoutes(app, options);
    systemRoutes(app, options);
    await app.register(trackingRoutes(options));
    await app.register(tryRoutes(options));
  };
}

function answerError(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  log: Logger,
): FastifyReply {
  const known = asConsoleError(error, request) ?? unexpected(error, request, log);
  const { code, message, field, status } = known;
  const answer: ConsoleError = { error: { code, message, ...(field !== undefined && { field }) } };
  return reply.code(status).send(answer);
}

/** Rows of the error table, also for what rules, Fastify and PostgreSQL refuse because of the request itself. */
function asConsoleError(error: unknown, { routeOptions }: FastifyRequest): ConsoleApiError | undefined {
  if (error instanceof ConsoleApiError) return error;
  if (error instanceof MappingError) {
    const code = error.reason === 'conflict' ? 'conflict' : 'invalid_field';
    return new ConsoleApiError(code, error.message, error.field);
  }
  if (error instanceof GatewayError && error.code === 'backend_unavailable')
    return new ConsoleApiError('backend_unavailable', error.message);
  if (isInvalidText(error))
    return new ConsoleApiError('invalid_request', 'a text contains the character NUL');
  const { statusCode = 500, message } = error as FastifyError;
  if (statusCode === 413) {
    const mebibytes = (routeOptions.bodyLimit ?? 0) / 2 ** 20;
    return new ConsoleApiError('body_too_large', `the body is larger than ${mebibytes} MiB`);
  }
  return statusCode < 500 ? new ConsoleApiError('invalid_request', message) : undefined;
}

function unexpected(error: unknown, { method, url }: FastifyRequest, log: Logger): ConsoleApiError {
  const id = newId();
  log.error({ err: error, id, method, url }, 'unexpected error in the console API');
  return new ConsoleApiError(
    'internal_error',
    `something went wrong here; the server's log has more under ${id}`,
  );
}
