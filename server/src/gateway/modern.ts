import { type TaskCallAnswer, taskCallRequest } from '@arno/protocol';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { fieldCheck, readObject } from './body.ts';
import { bodyOf, callOf, type GatewayContext } from './context.ts';
import { enqueue } from './enqueue.ts';
import { identify } from './identity.ts';
import { storable } from './mask.ts';
import { ondemand } from './ondemand.ts';

const taskCallFields = fieldCheck(taskCallRequest);
type AliasPath = { Params: { alias: string } };

/** Calls by alias. */
export function modernCallRoutes(app: FastifyInstance, context: GatewayContext): void {
  app.post<AliasPath>(
    '/gateway/v1/tasks/:alias/calls',
    { config: { call: 'enqueue' } },
    async (request, reply) => {
      const { call, caller, alias } = await begin(context, request);
      const body = bodyOf(request);
      const { params = {}, queue } = taskCallFields(body.length === 0 ? {} : readObject(body));
      const answer = () => {
        const links = { self: `/gateway/v1/calls/${call.id}` };
        return { status: 202, body: { call_id: call.id, status: 'queued', links } satisfies TaskCallAnswer };
      };
      const { status, body: answered } = await enqueue(context, call, caller, {
        by: { alias },
        params,
        queue,
        answer,
      });
      return reply.code(status).header('arno-call-id', call.id).send(answered);
    },
  );

  app.post<AliasPath>(
    '/gateway/v1/models/:alias/calls',
    { config: { call: 'ondemand' } },
    async (request, reply) => {
      const { call, caller, alias } = await begin(context, request);
      const headers = passedHeaders(request);
      return ondemand(context, call, caller, { by: { alias }, body: bodyOf(request), headers }, reply);
    },
  );
}

async function begin({ auth }: GatewayContext, request: FastifyRequest<AliasPath>) {
  const call = callOf(request);
  const alias = storable(request.params.alias);
  call.learn({ alias });
  const caller = await identify(auth, request.headers.authorization);
  call.madeBy(caller);
  call.mark('authenticate');
  return { call, caller, alias };
}

/** What a model needs to know of a request; tokens and cookies stay here. */
function passedHeaders({ headers }: FastifyRequest): Record<string, string> {
  const { 'content-type': type = 'application/json', accept = '*/*' } = headers;
  return { 'content-type': type, accept };
}
