import { type TaskCallAnswer, taskCallRequest } from '@arno/protocol';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { storable } from '../platform/database.ts';
import { fieldCheck, readObject } from './body.ts';
import type { CallbackOrder } from './callbacks/callback-store.ts';
import { bodyOf, callOf, type GatewayContext, requireCallerThere } from './context.ts';
import { linksOf } from './enqueue/document.ts';
import { type EnqueueOrder, enqueue } from './enqueue/enqueue.ts';
import { answersAgain, RepeatedCall, readIdempotencyKey } from './enqueue/idempotency.ts';
import { GatewayError } from './errors.ts';
import type { GatewayCaller } from './identity/caller.ts';
import { presentedTokens } from './identity/identity.ts';
import type { Call } from './log/call.ts';

const taskCallFields = fieldCheck(taskCallRequest);
export type AliasPath = { Params: { alias: string } };

/** Calls of tasks by alias. */
export function modernCallRoutes(app: FastifyInstance, context: GatewayContext): void {
  app.post<AliasPath>(
    '/gateway/v1/tasks/:alias/calls',
    // Who may not call is told so before the body is read.
    {
      config: { call: 'enqueue' },
      onRequest: async (request) => {
        await beginByAlias(context, request);
        requireCallerThere(request);
      },
    },
    async (request, reply) => {
      callOf(request).mark('receive');
      const { call, caller, alias } = await beginByAlias(context, request);
      const order = { by: { alias }, ...readTaskCall(context, request) };
      try {
        return await queueByAlias(context, { call, caller, order }, reply);
      } catch (error) {
        if (!(error instanceof RepeatedCall)) throw error;
        answersAgain(request, reply);
        return reply.code(202).header('arno-call-id', error.callId).send(taskCallAnswer(error.callId));
      }
    },
  );
}

/** Queues a task and says so, in the modern form. */
export async function queueByAlias(
  context: GatewayContext,
  { call, caller, order }: { call: Call; caller: GatewayCaller; order: Omit<EnqueueOrder, 'answer'> },
  reply: FastifyReply,
): Promise<FastifyReply> {
  const answer = () => ({ status: 202, body: taskCallAnswer(call.id) });
  const { status, body } = await enqueue(context, call, caller, { ...order, answer }, reply);
  return reply.code(status).header('arno-call-id', call.id).send(body);
}

function taskCallAnswer(call_id: string): TaskCallAnswer {
  return { call_id, status: 'queued', links: linksOf(call_id) };
}

/** Who calls what. */
export async function beginByAlias({ identity }: GatewayContext, request: FastifyRequest<AliasPath>) {
  const call = callOf(request);
  const alias = storable(request.params.alias);
  call.learn({ alias });
  const tokens = presentedTokens(request.headers.authorization);
  call.presented(tokens);
  const caller = identity.known(tokens, request.raw.socket) ?? (await identity.identify(tokens, request.ip));
  call.madeBy(caller);
  call.mark('authenticate');
  return { call, caller, alias };
}

function readTaskCall(context: GatewayContext, request: FastifyRequest) {
  const body = bodyOf(request);
  const { params = {}, queue, callback_url } = taskCallFields(body.length === 0 ? {} : readObject(body));
  return {
    params,
    queue,
    callback: callback_url === undefined ? undefined : callbackOrder(context, callback_url, request),
    idempotency: readIdempotencyKey(request.headers['idempotency-key'], () => body),
  };
}

function callbackOrder(
  { callbacks }: GatewayContext,
  url: string,
  { protocol, host }: FastifyRequest,
): CallbackOrder {
  const origin = `${protocol}://${host}`;
  if (URL.canParse(origin)) return { url: callbacks.check(url), origin };
  throw new GatewayError(
    'invalid_request',
    'Host must be a name or address: links in the callback begin with it',
  );
}
