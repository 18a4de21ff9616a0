import type { FastifyInstance, FastifyRequest } from 'fastify';
import { callableModels, callableTasks } from '../features/mappings/index.ts';
import { storable } from '../platform/database.ts';
import type { GatewayContext } from './context.ts';
import { cancelCall } from './enqueue/cancel.ts';
import { callDocument, hasEnded } from './enqueue/document.ts';
import { presentedTokens } from './identity/identity.ts';

type CallPath = { Params: { id: string } };
const callPath = '/gateway/v1/calls/:id';

/** What became of a call, its end before its time, and what may be called. These are not calls themselves and leave no row. */
export function readingRoutes(app: FastifyInstance, context: GatewayContext): void {
  app.get<CallPath>(callPath, async (request) =>
    callDocument(context, await scopeOf(context, request), storable(request.params.id)),
  );

  // It has no body, and nobody has said yet who asks.
  app.delete<CallPath>(callPath, { bodyLimit: 1024 }, async (request, reply) => {
    const document = await cancelCall(context, await scopeOf(context, request), storable(request.params.id));
    return reply.code(hasEnded(document) ? 200 : 202).send(document);
  });

  app.get('/gateway/v1/tasks', async (request) => ({
    tasks: await callableTasks(await scopeOf(context, request)),
  }));

  app.get('/gateway/v1/models', async (request) => ({
    models: await callableModels(await scopeOf(context, request)),
  }));
}

/** Who asks, and for now. @throws GatewayError unauthorized and what else Identity.identify does */
export async function scopeOf({ db, identity }: GatewayContext, request: FastifyRequest) {
  const caller = await identity.identify(presentedTokens(request.headers.authorization), request.ip);
  return { db, caller, now: new Date() };
}
