import { type TaskCallAnswer, taskCallRequest } from '@arno/protocol';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { fieldCheck, readObject } from './body.ts';
import { bodyOf, callOf, type GatewayContext } from './context.ts';
import { enqueue } from './enqueue.ts';
import { GatewayError } from './errors.ts';
import { identify, presentedTokens } from './identity.ts';
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
      const { params = {}, queue } = taskCallBody(request);
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
  const tokens = presentedTokens(request.headers.authorization);
  call.presented(tokens);
  const caller = await identify(auth, tokens);
  call.madeBy(caller);
  call.mark('authenticate');
  return { call, caller, alias };
}

/** Who relies on a promise that is not kept yet must hear of it: a repeated call would run twice, a callback never come. */
function taskCallBody(request: FastifyRequest) {
  const body = bodyOf(request);
  const fields = body.length === 0 ? {} : readObject(body);
  const promised = {
    callback_url: fields.callback_url,
    'Idempotency-Key': request.headers['idempotency-key'],
  };
  for (const [name, value] of Object.entries(promised)) {
    if (value !== undefined) throw new GatewayError('invalid_request', `${name} is not supported yet`);
  }
  return taskCallFields(fields);
}

/** What a model needs to know of a request; tokens and cookies stay here. */
function passedHeaders({ headers }: FastifyRequest): Record<string, string> {
  const { 'content-type': type = 'application/json', accept = '*/*' } = headers;
  return { 'content-type': type, accept };
}
