import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { callableModels, callableTasks } from '../../features/mappings/index.ts';
import type { GatewayContext } from '../context.ts';
import { scopeOf } from '../reading.ts';
import { callerPaths } from './caller-paths.ts';
import { openApiDocument } from './document.ts';

const general = openApiDocument();

/** Everything comes from here; the page sets styles on elements and has pictures inside its style sheet. */
const contentSecurity = {
  'default-src': "'none'",
  'script-src': "'self'",
  'style-src': "'self' 'unsafe-inline'",
  'img-src': "'self' data:",
  'connect-src': "'self'",
  'base-uri': "'none'",
  'form-action': "'none'",
  'frame-ancestors': "'none'",
};

/** The gateway's OpenAPI document, and a page that shows it and tries it out. */
export function openApiRoutes(context: GatewayContext) {
  return async function plugin(app: FastifyInstance): Promise<void> {
    app.get('/gateway/v1/openapi.json', async (request) => {
      if (request.headers.authorization === undefined) return general;
      return {
        ...general,
        paths: { ...(general.paths as object), ...(await pathsOfCaller(context, request)) },
      };
    });

    await app.register(swagger, { mode: 'static', specification: { document: general as never } });
    await app.register(swaggerUi, {
      routePrefix: '/gateway/v1/docs',
      staticCSP: contentSecurity,
      theme: { title: 'Arno inference gateway' },
      uiConfig: { url: '/gateway/v1/openapi.json', persistAuthorization: false, validatorUrl: null },
    });
  };
}

async function pathsOfCaller(context: GatewayContext, request: FastifyRequest): Promise<object> {
  const scope = await scopeOf(context, request);
  return callerPaths(await callableTasks(scope), await callableModels(scope));
}
