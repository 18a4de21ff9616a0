import { type EnqueueAnswer, legacyEnqueueRequest, legacyOndemandRequest } from '@arno/protocol';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { fieldCheck, legacyParams, readObject } from './body.ts';
import { bodyOf, callOf, type GatewayContext } from './context.ts';
import { enqueue } from './enqueue.ts';
import { identify, presentedTokens } from './identity.ts';
import { ondemand } from './ondemand.ts';
import type { Params } from './params.ts';
import type { QueuedTask } from './task-backend.ts';

const enqueueFields = fieldCheck(legacyEnqueueRequest);
const ondemandFields = fieldCheck(legacyOndemandRequest);

/** What the published Node-RED blocks and dashboards send, with and without the prefix that some proxies cut off. */
export function legacyRoutes(app: FastifyInstance, context: GatewayContext): void {
  for (const prefix of ['/clearml/serve', '/serve']) {
    app.post(`${prefix}/enqueue_task`, { config: { call: 'enqueue' } }, async (request, reply) => {
      const { status, body } = await legacyEnqueue(context, request);
      return reply.code(status).send(body);
    });

    app.post(`${prefix}/ondemand`, { config: { call: 'ondemand' } }, async (request, reply) => {
      const { call, caller, fields } = await begin(context, request);
      const { machine_id, endpoint, ...rest } = ondemandFields(fields);
      const publicId = machine_id.toLowerCase();
      call.learn({ public_id: publicId, endpoint });
      const body = Buffer.from(JSON.stringify(legacyParams(rest)));
      const headers = { 'content-type': 'application/json', accept: 'application/json' };
      return ondemand(context, call, caller, { by: { publicId, endpoint }, body, headers }, reply);
    });
  }
}

async function legacyEnqueue(context: GatewayContext, request: FastifyRequest) {
  const { call, caller, fields } = await begin(context, request);
  const { task_id, queue, queue_name, ...rest } = enqueueFields(fields);
  const publicId = task_id.toLowerCase();
  call.learn({ public_id: publicId });
  const answer = (task: QueuedTask) => {
    const { id: call_id, created } = call;
    const body = { status: 'queued', call_id, queue: task.queue, task_name: task.name } as const;
    return { status: 200, body: { ...body, created_at: created.toISOString() } satisfies EnqueueAnswer };
  };
  // The blocks send an empty text when their field is left empty.
  const order = {
    by: { publicId },
    params: legacyParams(rest),
    queue: queue || queue_name || undefined,
    answer,
  };
  return enqueue(context, call, caller, order);
}

/** Who may not call learns nothing about fields, so the token comes before them. */
async function begin({ auth }: GatewayContext, request: FastifyRequest) {
  const call = callOf(request);
  const { authorization } = request.headers;
  const read = readLegacy(request);
  const tokens = presentedTokens(authorization, 'fields' in read ? read.fields.access_token : undefined);
  call.presented(tokens);
  if ('fields' in read) call.learn(publicIdIn(read.fields));
  // A token in a body that cannot be read is none; what is wrong then is the body.
  if ('fault' in read && tokens.length === 0) throw read.fault;
  const caller = await identify(auth, tokens);
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
