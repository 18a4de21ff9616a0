import type { FastifyReply } from 'fastify';
import type { Scope } from '../../clearml/endpoint.ts';
import {
  inputCheck,
  isServingPublicId,
  type ModelRoute,
  type ModelRouteKey,
  wordsOfFaults,
} from '../../features/mappings/index.ts';
import { readJson } from '../body.ts';
import type { GatewayContext } from '../context.ts';
import { isObject, type Params } from '../enqueue/params.ts';
import { GatewayError, InputError } from '../errors.ts';
import type { GatewayCaller } from '../identity/caller.ts';
import { isLimited } from '../identity/limits.ts';
import { requireRight, unknownTo } from '../identity/rights.ts';
import type { Call } from '../log/call.ts';
import { CallEnd } from './call-end.ts';
import { deliver } from './deliver.ts';
import { NoMachineError } from './failures.ts';
import {
  type BodyLimits,
  bytesAtHand,
  type IncomingBody,
  type RequestBody,
  readBody,
  tooLarge,
} from './request-body.ts';

export interface OndemandOrder {
  by: ModelRouteKey;
  /** What the model gets. */
  body: IncomingBody | Buffer;
  /** What the machine is told of the request. */
  headers: Record<string, string>;
  /** Answers with a queued call of this task mapping instead. */
  queueInstead(mappingId: string, params: Params): Promise<unknown>;
}

type Context = Pick<GatewayContext, 'db' | 'calls' | 'metrics' | 'limits' | 'serving' | 'running'>;

/** The gateway's own limits, where a mapping sets none; and what a body is limited to that must be read whole. */
const own = { requestBytes: 64 * 1024 * 1024, answerBytes: 64 * 1024 * 1024, jsonBytes: 16 * 1024 * 1024 };
/** Up to this a body is read whole in any case, which makes a second try possible and lets the log keep it. */
const wholeBytes = 256 * 1024;

/**
 * Routes a request to a serving machine and its answer back as it came.
 *
 * @throws GatewayError unknown_public_id, unknown_endpoint, forbidden, rate_limited, quota_exceeded, body_too_large,
 *   invalid_params, machine_unavailable, bad_answer, deadline_exceeded, client_closed, cancelled
 */
export async function ondemand(
  context: Context,
  call: Call,
  caller: GatewayCaller,
  order: OndemandOrder,
  reply: FastifyReply,
): Promise<void> {
  const route =
    context.serving.routes.known(caller.company, order.by) ?? (await findRoute(context, caller, order.by));
  const { id: mapping_id, public_id, alias, endpoint, serving_task_id: task_id } = route;
  call.learn({ mapping_id, public_id, alias, endpoint, task_id });
  call.mark('lookup');
  requireRight(caller, route);
  if (isLimited(route)) await context.limits.consume(caller, route, reply);
  const { machines } = context.serving;
  // What nobody can take is not even read, unless it is for the queue.
  if (route.fallback_mapping_id === null) machines.requireRoom(route.machines);
  const end = new CallEnd(reply, route.deadline_ms);
  context.running.add(call.id, end, reply);
  const body = bodyAtHand(call, order, route) ?? (await takeBody(call, order, route, end));
  checkInput(route, body);
  try {
    const answer = await machines.send(route.machines, {
      endpoint,
      body,
      headers: headersFor(order, body),
      end,
      maxAnswerBytes: route.max_answer_bytes ?? own.answerBytes,
      onTry: (machine) => call.learn({ machine }),
    });
    call.mark('wait');
    await deliver(context, call, answer, reply, end);
  } catch (error) {
    const params = error instanceof NoMachineError && route.fallback_mapping_id ? paramsIn(body) : undefined;
    if (!params || !route.fallback_mapping_id) throw error;
    end.lift();
    call.becomes('enqueue');
    await order.queueInstead(route.fallback_mapping_id, params);
  }
}

async function findRoute(
  { db, serving }: Context,
  caller: GatewayCaller,
  by: ModelRouteKey,
): Promise<ModelRoute> {
  const scope = { db, caller, now: new Date() };
  const route = await serving.routes.find(scope, by);
  if (route) return route;
  throw unknownTo(caller, await unknownModel(scope, by));
}

async function unknownModel(scope: Scope, by: ModelRouteKey): Promise<GatewayError> {
  if ('alias' in by)
    return new GatewayError('unknown_endpoint', `there is no model with the alias ${by.alias}`);
  const { publicId, endpoint } = by;
  if (await isServingPublicId(scope, publicId)) {
    return new GatewayError('unknown_endpoint', `endpoint: ${endpoint} is not published for this machine_id`);
  }
  return new GatewayError('unknown_public_id', `machine_id: no serving machine is published as ${publicId}`);
}

/** A body that is here already, as most are; undefined when it must be waited for. */
function bodyAtHand(call: Call, { body, headers }: OndemandOrder, route: ModelRoute): Buffer | undefined {
  const limits = limitsOf(route);
  if (Buffer.isBuffer(body)) {
    if (body.length > limits.maxBytes) throw tooLarge(limits.maxBytes);
    return body;
  }
  const bytes = bytesAtHand(body, limits);
  if (!bytes) return undefined;
  call.received({ bytes, size: bytes.length, contentType: headers['content-type'] });
  call.mark('receive');
  return bytes;
}

/** The body within the limits of the mapping; it is in the log as far as it was read. */
async function takeBody(
  call: Call,
  { body, headers }: OndemandOrder,
  route: ModelRoute,
  end: CallEnd,
): Promise<RequestBody> {
  if (Buffer.isBuffer(body)) return body;
  const { maxBytes, wholeBytes } = limitsOf(route);
  const contentType = headers['content-type'];
  const received = (size: number) => call.received({ bytes: Buffer.alloc(0), size, contentType });
  const taken = await readBody(body, { maxBytes, wholeBytes }, end, received);
  if (Buffer.isBuffer(taken)) call.received({ bytes: taken, size: taken.length, contentType });
  call.mark('receive');
  return taken;
}

/** What is checked, or may have to be queued, must be read whole and be of a size for that. */
function limitsOf({ max_request_bytes, input_schema, fallback_mapping_id }: ModelRoute): BodyLimits {
  const maxBytes = max_request_bytes ?? own.requestBytes;
  if (input_schema === null && fallback_mapping_id === null) return { maxBytes, wholeBytes };
  const whole = Math.min(maxBytes, own.jsonBytes);
  return { maxBytes: whole, wholeBytes: whole };
}

/** A stream is announced to the machine as it was to us. */
function headersFor({ body: given, headers }: OndemandOrder, body: RequestBody): Record<string, string> {
  if (Buffer.isBuffer(given) || Buffer.isBuffer(body)) return headers;
  const { 'content-length': length } = given.request.headers;
  return length === undefined ? headers : { ...headers, 'content-length': length };
}

function checkInput(route: ModelRoute, body: RequestBody): void {
  const check = inputCheck(route);
  if (!check || !Buffer.isBuffer(body)) return;
  const faults = check(readJson(body));
  if (faults) throw new InputError(`the body does not fit the model: ${wordsOfFaults(faults)}`, faults);
}

/** What a queued task can take: a JSON object. */
function paramsIn(body: RequestBody): Params | undefined {
  if (!Buffer.isBuffer(body)) return undefined;
  try {
    const params = body.length === 0 ? {} : readJson(body);
    return isObject(params) ? params : undefined;
  } catch {
    return undefined;
  }
}
