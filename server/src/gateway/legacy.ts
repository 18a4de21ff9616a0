import { type EnqueueAnswer, legacyEnqueueRequest, legacyOndemandRequest } from '@arno/protocol';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { fieldCheck, legacyParams, readObject } from './body.ts';
import { bodyOf, callOf, type GatewayContext } from './context.ts';
import { enqueue } from './enqueue.ts';
import { identify } from './identity.ts';
import { ondemand } from './ondemand.ts';
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
      const { machine_id: publicId, endpoint, ...rest } = ondemandFields(fields);
      call.learn({ public_id: publicId, endpoint });
      const body = Buffer.from(JSON.stringify(legacyParams(rest)));
      const headers = { 'content-type': 'application/json', accept: 'application/json' };
      return ondemand(context, call, caller, { by: { publicId, endpoint }, body, headers }, reply);
    });
  }
}

async function legacyEnqueue(context: GatewayContext, request: FastifyRequest) {
  const { call, caller, fields } = await begin(context, request);
  const { task_id: publicId, queue, queue_name, ...rest } = enqueueFields(fields);
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
  const fields = readObject(bodyOf(request));
  const caller = await identify(auth, request.headers.authorization, fields.access_token);
  call.madeBy(caller);
  call.mark('authenticate');
  return { call, caller, fields };
}
