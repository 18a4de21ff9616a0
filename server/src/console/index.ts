import type { ConsoleError } from '@arno/protocol';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { MappingError } from '../features/mappings/index.ts';
import { GatewayError } from '../gateway/index.ts';
import { isInvalidText } from '../platform/database.ts';
import { newId } from '../platform/ids.ts';
import type { Logger } from '../platform/log.ts';
import { callEventRoutes } from './call-events.ts';
import { callExportRoutes } from './call-export.ts';
import { callStatsRoutes } from './call-stats.ts';
import { callbackSecretRoutes } from './callback-secrets.ts';
import { callRoutes } from './calls.ts';
import { consumerKeyRoutes } from './consumer-keys.ts';
import { admit, type ConsoleOptions } from './context.ts';
import { dashboardRoutes } from './dashboard.ts';
import { ConsoleApiError } from './errors.ts';
import { keyRoutes } from './keys.ts';
import { machineRoutes } from './machines.ts';
import { mappingRoutes } from './mappings.ts';
import { oidcRoutes } from './oidc.ts';
import { removedPeopleRoutes } from './removed-people.ts';
import { sessionRoutes } from './session.ts';
import { shareRoutes } from './shares.ts';
import { compileSchema } from './validation.ts';

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
    machineRoutes(app, options);
    consumerKeyRoutes(app, options);
    callbackSecretRoutes(app, options);
    removedPeopleRoutes(app, options);
    callRoutes(app, options);
    callExportRoutes(app, options);
    callEventRoutes(app, options);
    callStatsRoutes(app, options);
    keyRoutes(app, options);
  };
}

function answerError(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  log: Logger,
): FastifyReply {
  const known = asConsoleError(error) ?? unexpected(error, request, log);
  const { code, message, field, status } = known;
  const answer: ConsoleError = { error: { code, message, ...(field !== undefined && { field }) } };
  return reply.code(status).send(answer);
}

/** Rows of the error table, also for what rules, Fastify and PostgreSQL refuse because of the request itself. */
function asConsoleError(error: unknown): ConsoleApiError | undefined {
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
  if (statusCode === 413) return new ConsoleApiError('body_too_large', 'the body is larger than 1 MiB');
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
