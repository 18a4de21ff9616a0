import type { FastifyReply } from 'fastify';
import type { Kysely } from 'kysely';
import type { Caller } from '../clearml/endpoint.ts';
import { findModelRoute, isServingPublicId, type ModelRoute } from '../features/mappings/index.ts';
import type { Logger } from '../platform/log.ts';
import type { DB } from '../platform/schema.ts';
import type { Call } from './call.ts';
import { callerGone, deliver } from './deliver.ts';
import { GatewayError } from './errors.ts';
import type { Machines } from './machines.ts';

export interface OndemandOrder {
  by: { publicId: string; endpoint: string } | { alias: string };
  body: Buffer;
  /** What the machine is told of the request. */
  headers: Record<string, string>;
}

/**
 * Routes a request to a serving machine and its answer back as it came.
 *
 * @throws GatewayError unknown_public_id, unknown_endpoint, machine_unavailable, bad_answer, deadline_exceeded, client_closed
 */
export async function ondemand(
  { db, machines, log }: { db: Kysely<DB>; machines: Machines; log: Logger },
  call: Call,
  caller: Caller,
  order: OndemandOrder,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const route = await findRoute(db, caller, order.by);
  const { id: mapping_id, public_id, alias, endpoint, serving_task_id: task_id } = route;
  call.learn({ mapping_id, public_id, alias, endpoint, task_id });
  call.mark('lookup');
  if (route.machines.length === 0) {
    throw new GatewayError('machine_unavailable', `no serving machine is registered for ${alias}`);
  }
  const answer = await machines.send(route.machines, {
    ...order,
    endpoint,
    signal: endOf(reply, route.deadline_ms),
    onTry: (machine) => call.learn({ machine }),
  });
  call.mark('wait');
  return deliver({ db, log }, call, answer, reply);
}

async function findRoute(db: Kysely<DB>, caller: Caller, by: OndemandOrder['by']): Promise<ModelRoute> {
  const scope = { db, caller, now: new Date() };
  const route = await findModelRoute(scope, by);
  if (route) return route;
  if ('alias' in by)
    throw new GatewayError('unknown_endpoint', `there is no model with the alias ${by.alias}`);
  if (await isServingPublicId(scope, by.publicId)) {
    throw new GatewayError(
      'unknown_endpoint',
      `endpoint: ${by.endpoint} is not published for this machine_id`,
    );
  }
  throw new GatewayError(
    'unknown_public_id',
    `machine_id: no serving machine is published as ${by.publicId}`,
  );
}

/** Aborted when the deadline has passed, or the caller has gone away, before all of the answer was sent. */
function endOf({ raw }: FastifyReply, deadlineMs: number): AbortSignal {
  const controller = new AbortController();
  const timer = setTimeout(() => {
    controller.abort(
      new GatewayError('deadline_exceeded', `the model did not answer within ${deadlineMs} ms`),
    );
  }, deadlineMs);
  const end = () => {
    clearTimeout(timer);
    if (!raw.writableFinished) controller.abort(callerGone());
  };
  // A caller may have gone while the route was looked up.
  if (raw.destroyed) end();
  else raw.once('close', end);
  return controller.signal;
}
