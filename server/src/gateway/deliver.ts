import { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';
import type { Kysely } from 'kysely';
import type { Logger } from '../platform/log.ts';
import type { DB } from '../platform/schema.ts';
import type { Call } from './call.ts';
import { completeCall, insertCall } from './call-store.ts';
import { GatewayError } from './errors.ts';
import { type ModelAnswer, machineFailure, maxAnswerBytes } from './machines.ts';
import { maxExcerptBytes } from './mask.ts';

interface Context {
  db: Kysely<DB>;
  log: Logger;
}

/** An answer known to be this small is read whole, so that its row is written once; any other is streamed. */
const maxWholeBytes = 256 * 1024;

/** What a caller gets to see of a machine's headers. */
const passedHeaders = [
  'content-length',
  'content-type',
  'content-encoding',
  'content-disposition',
  'retry-after',
] as const;

/**
 * Sends a model's answer to the caller, bytes and status as they came. Its row is durable before the first byte leaves; the row
 * of a streamed answer is completed when the stream has ended.
 */
export async function deliver(
  { db, log }: Context,
  call: Call,
  answer: ModelAnswer,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const fault = faultOf(answer);
  if (fault) {
    answer.body.destroy();
    throw new GatewayError('bad_answer', fault);
  }
  if (isSmall(answer)) {
    const bytes = await readWhole(answer);
    call.mark('answer');
    call.answered(answer.status, { bytes, contentType: contentType(answer) });
    await insertCall(db, call);
    return passHeaders(answer, call, reply).send(bytes);
  }
  call.accepted(answer.status, 0);
  await insertCall(db, call);
  return passHeaders(answer, call, reply).send(
    Readable.from(stream({ db, log }, call, answer), { objectMode: false }),
  );
}

/** Why an answer is not passed on. A redirection would lead the caller, or us, past the rules for addresses. */
function faultOf({ status, headers }: ModelAnswer): string | undefined {
  if (status >= 300 && status < 400) return `the model answered with a redirection, HTTP ${status}`;
  if (Number(headers['content-length'] ?? 0) <= maxAnswerBytes) return undefined;
  return `the model's answer is larger than ${maxAnswerBytes} bytes`;
}

function isSmall({ status, headers }: ModelAnswer): boolean {
  const length = headers['content-length'];
  return status === 204 || (typeof length === 'string' && Number(length) <= maxWholeBytes);
}

async function readWhole({ body }: ModelAnswer): Promise<Buffer> {
  try {
    return Buffer.from(await body.arrayBuffer());
  } catch (error) {
    throw machineFailure(error);
  }
}

async function* stream({ db, log }: Context, call: Call, answer: ModelAnswer): AsyncGenerator<Buffer> {
  const beginning: Buffer[] = [];
  let bytesOut = 0;
  // It stands when nobody asks for the next chunk any more.
  let failure: GatewayError | undefined = callerGone();
  try {
    for await (const chunk of answer.body as AsyncIterable<Buffer>) {
      if (bytesOut < maxExcerptBytes) beginning.push(chunk);
      bytesOut += chunk.length;
      yield chunk;
    }
    failure = undefined;
  } catch (error) {
    failure = machineFailure(error);
    throw error;
  } finally {
    call.mark('answer');
    const bytes = Buffer.concat(beginning);
    call.answered(answer.status, { bytes, contentType: contentType(answer) }, bytesOut);
    if (failure) call.failed(failure);
    // All of the answer may have been sent by now, so a row that cannot be completed does not break it.
    await completeCall(db, call).catch((error) =>
      log.error({ err: error, call: call.id }, 'call not completed'),
    );
  }
}

export function callerGone(): GatewayError {
  return new GatewayError('client_closed', 'the caller went away before the answer');
}

function passHeaders({ status, headers }: ModelAnswer, call: Call, reply: FastifyReply): FastifyReply {
  for (const name of passedHeaders) {
    const value = headers[name];
    if (value !== undefined) reply.header(name, value);
  }
  return reply.code(status).header('arno-call-id', call.id);
}

function contentType({ headers }: ModelAnswer): string | undefined {
  return headers['content-type']?.toString();
}
