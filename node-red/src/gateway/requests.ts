import { CallError } from '../http/call-error.ts';
import type { HttpRequest } from '../http/http.ts';

export interface EnqueueOrder {
  /** A public id, or an alias. */
  task: string;
  /** Empty for the default one of the task. */
  queue: string;
  params: object;
  /** The same for each try of one call. */
  idempotencyKey: string;
}

export interface OnDemandOrder {
  /** An alias, or the pair of the older form. */
  model: { alias: string } | { machineId: string; endpoint: string };
  input: unknown;
  /** Of an input of bytes. */
  contentType: string;
}

/** Public ids are SHA-256 in hexadecimal; everything else is an alias. */
const publicId = /^[0-9a-f]{64}$/i;
const json = { 'content-type': 'application/json' };

/** A public id goes the way that the lab's package takes, field by field; an alias the modern one. */
export function enqueueRequest(
  { task, queue, params, idempotencyKey }: EnqueueOrder,
  access_token: string,
): HttpRequest {
  const headers = { ...json, 'idempotency-key': idempotencyKey };
  if (publicId.test(task)) {
    const body = JSON.stringify({ access_token, task_id: task, queue, params });
    return { method: 'POST', url: '/clearml/serve/enqueue_task', headers, body };
  }
  const body = JSON.stringify({ params, ...(queue && { queue }) });
  return { method: 'POST', url: `/gateway/v1/tasks/${encodeURIComponent(task)}/calls`, headers, body };
}

/** The pair of machine and endpoint goes the way of the lab's package, an alias the modern one, which also takes bytes. */
export function onDemandRequest(
  { model, input, contentType }: OnDemandOrder,
  access_token: string,
): HttpRequest {
  if ('alias' in model) {
    const url = `/gateway/v1/models/${encodeURIComponent(model.alias)}/calls`;
    if (Buffer.isBuffer(input))
      return { method: 'POST', url, headers: { 'content-type': contentType }, body: input };
    return { method: 'POST', url, headers: json, body: JSON.stringify(input) };
  }
  if (Buffer.isBuffer(input))
    throw new CallError('machine and endpoint take JSON only: choose the model by its name to send bytes');
  const { machineId: machine_id, endpoint } = model;
  const body = JSON.stringify({ access_token, machine_id, endpoint, params: input });
  return { method: 'POST', url: '/clearml/serve/ondemand', headers: json, body };
}
