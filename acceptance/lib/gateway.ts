import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { Arno } from './arno.ts';
import type { Data } from './clearml.ts';
import { root } from './environment.ts';
import { until } from './wait.ts';

/** Public id of the legacy form, as gateway callers compute it. */
export const publicId = (taskId: string) => createHash('sha256').update(taskId).digest('hex');

/** The handwritten five that the repository ships. */
export async function five(): Promise<Data> {
  return JSON.parse(await readFile(join(root, 'serving/models/digits/examples/five.json'), 'utf8'));
}

/** POSTs a body and answers status and JSON, whatever they are. */
export async function post(url: string, body: unknown, headers: Record<string, string> = {}) {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  const answer: Data = await response.json();
  return { status: response.status, headers: response.headers, body: answer };
}

/** Announces a JSON body of `bytes` bytes, sends none of it, and answers what comes back. */
export function announce(url: string, bytes: number, headers: Record<string, string>) {
  return new Promise<{ status: number | undefined; body: Data }>((resolve, reject) => {
    const sent = request(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'content-length': bytes, ...headers },
    });
    sent.on('error', reject).on('response', async (response) => {
      resolve({ status: response.statusCode, body: JSON.parse(await text(response)) });
      sent.destroy();
    });
    sent.flushHeaders();
  });
}

export const bearer = (arno: Arno) => ({ authorization: `Bearer ${arno.token}` });

/** Calls a model with a body that is no JSON, or is sent piece by piece. */
export const sendBytes = (arno: Arno, alias: string, body: BodyInit | Readable = '{}') =>
  fetch(`${arno.web}/gateway/v1/models/${alias}/calls`, {
    method: 'POST',
    headers: { ...bearer(arno), 'content-type': 'application/octet-stream' },
    body,
    duplex: 'half',
  } as RequestInit);

/** What `GET /gateway/v1/calls/{id}` answers. */
export async function callDocument(arno: Arno, id: string): Promise<Data> {
  const response = await fetch(`${arno.web}/gateway/v1/calls/${id}`, { headers: bearer(arno) });
  return response.json();
}

/** Waits until a queued call is over. */
export function finishedCall(arno: Arno, id: string): Promise<Data> {
  return until(`call ${id} is over`, async () => {
    const call = await callDocument(arno, id);
    return !['queued', 'running'].includes(call.status) && call;
  });
}
