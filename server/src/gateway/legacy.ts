import { type EnqueueAnswer, legacyEnqueueRequest, legacyOndemandRequest } from '@arno/protocol';
import type { FastifyInstance, FastifyReply, FastifyRequest, preParsingAsyncHookHandler } from 'fastify';
import type { Scope } from '../clearml/endpoint.ts';
import { withoutSlashes } from '../features/mappings/index.ts';
import { fieldCheck, legacyParams, readObject } from './body.ts';
import { bodyOf, callOf, type GatewayContext, requireCallerThere } from './context.ts';
import { type EnqueueOrder, enqueue } from './enqueue/enqueue.ts';
import { answersAgain, RepeatedCall, readIdempotencyKey } from './enqueue/idempotency.ts';
import type { Params } from './enqueue/params.ts';
import { GatewayError } from './errors.ts';
import type { GatewayCaller } from './identity/caller.ts';
import { type Identity, presentedTokens } from './identity/identity.ts';
import type { Call } from './log/call.ts';
import { findOwnCall } from './log/call-queries.ts';
import { ondemand } from './ondemand/ondemand.ts';
import { StrangeBodies } from './strange-bodies.ts';
import type { QueuedTask } from './tasks/task-backend.ts';

const enqueueFields = fieldCheck(legacyEnqueueRequest);
const ondemandFields = fieldCheck(legacyOndemandRequest);

/** What the published Node-RED blocks and dashboards send, with and without the prefix that some proxies cut off. */
export function legacyRoutes(app: FastifyInstance, { identity, ...rest }: GatewayContext): void {
  const strange = new StrangeBodies();
  const context = { ...rest, identity, strange };
  const preParsing: preParsingAsyncHookHandler = async (request, reply, body) => {
    const known = await isKnown(identity, request);
    callOf(request).mark('authenticate');
    requireCallerThere(request);
    return known ? body : strange.counted(request, reply, body);
  };
  for (const prefix of ['/clearml/serve', '/serve']) {
    const options = { preParsing, config: { call: 'enqueue' } } as const;
    app.post(`${prefix}/enqueue_task`, options, async (request, reply) => {
      return legacyEnqueue(context, request, reply);
    });

    app.post(`${prefix}/ondemand`, { preParsing, config: { call: 'ondemand' } }, async (request, reply) => {
      const { call, caller, fields } = await begin(context, request);
      const { machine_id, endpoint: given, ...rest } = ondemandFields(fields);
      const endpoint = withoutSlashes(given);
      const publicId = machine_id.toLowerCase();
      call.learn({ public_id: publicId, endpoint });
      const body = Buffer.from(JSON.stringify(legacyParams(rest)));
      const order = {
        by: { publicId, endpoint },
        body,
        headers: { 'content-type': 'application/json', accept: 'application/json' },
        queueInstead: (id: string, params: Params) =>
          queueLegacy(context, { call, caller, order: { by: { id }, params, queue: undefined } }, reply),
      };
      await ondemand(context, call, caller, order, reply);
      return reply;
    });
  }
}

type Context = GatewayContext & { strange: StrangeBodies };

/**
 * Whether the headers say who calls, for a body that never comes whole. A wrong token is none here: one in the body counts before it.
 */
async function isKnown(identity: Identity, request: FastifyRequest): Promise<boolean> {
  const call = callOf(request);
  const tokens = presentedTokens(request.headers.authorization);
  if (tokens.length === 0) return false;
  call.presented(tokens);
  return identity.identify(tokens, request.ip).then(
    (caller) => {
      call.madeBy(caller);
      return true;
    },
    (error) => {
      if (error instanceof GatewayError) return false;
      throw error;
    },
  );
}

async function legacyEnqueue(context: Context, request: FastifyRequest, reply: FastifyReply) {
  const { call, caller, fields } = await begin(context, request);
  const { task_id, queue, queue_name, ...rest } = enqueueFields(fields);
  const publicId = task_id.toLowerCase();
  call.learn({ public_id: publicId });
  // A token that was renewed meanwhile makes no other call.
  const { access_token: _, ...asked } = fields;
  const order = {
    by: { publicId },
    params: legacyParams(rest),
    // The blocks send an empty text when their field is left empty.
    queue: queue || queue_name || undefined,
    idempotency: readIdempotencyKey(request.headers['idempotency-key'], () => JSON.stringify(asked)),
  };
  try {
    return await queueLegacy(context, { call, caller, order }, reply);
  } catch (error) {
    if (!(error instanceof RepeatedCall)) throw error;
    const body = await answerOf({ db: context.db, caller, now: call.created }, error.callId);
    answersAgain(request, reply);
    return reply.code(200).send(body);
  }
}

/** What a call was answered when it was made. */
async function answerOf(scope: Scope & { caller: GatewayCaller }, callId: string): Promise<EnqueueAnswer> {
  const made = await findOwnCall(scope, callId);
  if (made) return enqueueAnswer(made, { queue: made.queue ?? '', name: made.clone_name ?? '' });
  throw new GatewayError('unknown_call', 'the call that was made with this Idempotency-Key was deleted');
}

/** Queues a task and says so, in the legacy form. */
async function queueLegacy(
  context: GatewayContext,
  { call, caller, order }: { call: Call; caller: GatewayCaller; order: Omit<EnqueueOrder, 'answer'> },
  reply: FastifyReply,
): Promise<FastifyReply> {
  const answer = (task: QueuedTask) => ({ status: 200, body: enqueueAnswer(call, task) });
  const { status, body } = await enqueue(context, call, caller, { ...order, answer }, reply);
  return reply.code(status).send(body);
}

function enqueueAnswer(
  { id: call_id, created }: Pick<Call, 'id' | 'created'>,
  { queue, name: task_name }: Pick<QueuedTask, 'queue' | 'name'>,
): EnqueueAnswer {
  return { status: 'queued', call_id, queue, task_name, created_at: created.toISOString() };
}

/** Who may not call learns nothing about fields, so the token comes before them. */
async function begin({ identity, strange }: Context, request: FastifyRequest) {
  const call = callOf(request);
  call.mark('receive');
  const { authorization } = request.headers;
  const read = readLegacy(request);
  const tokens = presentedTokens(authorization, 'fields' in read ? read.fields.access_token : undefined);
  call.presented(tokens);
  // Who has a good token in the headers is as unknown as anybody with a wrong one in the body, and must not guess there.
  call.madeBy(undefined);
  if ('fields' in read) call.learn(publicIdIn(read.fields));
  // A token in a body that cannot be read is none; what is wrong then is the body.
  if ('fault' in read && tokens.length === 0) throw read.fault;
  const caller = await identity.identify(tokens, request.ip);
  strange.known(request);
  call.madeBy(caller);
  call.mark('authenticate');
  if ('fault' in read) throw read.fault;
  return { call, caller, fields: read.fields };
}

/** What a call is about, so that the log can say it also of one that is refused before its fields are looked at. */
function publicIdIn({ task_id, machine_id }: Params): { public_id?: string } {
  const given = task_id ?? machine_id;
  return typeof given === 'string' && /^[0-9a-f]{64}$/i.test(given) ? { public_id: given.toLowerCase() } : {};
}

/** A field that is null is as good as absent. */
function readLegacy(request: FastifyRequest): { fields: Params } | { fault: unknown } {
  try {
    const given = Object.entries(readObject(bodyOf(request))).filter(([, value]) => value !== null);
    return { fields: Object.fromEntries(given) };
  } catch (fault) {
    return { fault };
  }
}
