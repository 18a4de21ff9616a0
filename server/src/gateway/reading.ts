import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Scope } from '../clearml/endpoint.ts';
import { callableModels, callableTasks } from '../features/mappings/index.ts';
import type { GatewayContext } from './context.ts';
import { callDocument } from './document.ts';
import { identify, presentedTokens } from './identity.ts';
import { storable } from './mask.ts';

/** What became of a call, and what may be called. These are not calls themselves and leave no row. */
export function readingRoutes(app: FastifyInstance, context: GatewayContext): void {
  app.get<{ Params: { id: string } }>('/gateway/v1/calls/:id', async (request) =>
    callDocument(context, await scopeOf(context, request), storable(request.params.id)),
  );

  app.get('/gateway/v1/tasks', async (request) => ({
    tasks: await callableTasks(await scopeOf(context, request)),
  }));

  app.get('/gateway/v1/models', async (request) => ({
    models: await callableModels(await scopeOf(context, request)),
  }));
}

async function scopeOf({ db, auth }: GatewayContext, request: FastifyRequest): Promise<Scope> {
  const caller = await identify(auth, presentedTokens(request.headers.authorization));
  return { db, caller, now: new Date() };
}
