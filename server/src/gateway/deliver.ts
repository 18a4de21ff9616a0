import { pipeline, Transform } from 'node:stream';
import type { FastifyReply } from 'fastify';
import type { Kysely } from 'kysely';
import type { Logger } from '../platform/log.ts';
import type { DB } from '../platform/schema.ts';
import type { Call } from './call.ts';
import { completeCall, insertCall } from './call-store.ts';
import { GatewayError } from './errors.ts';
import { type ModelAnswer, machineFailure, maxAnswerBytes } from './machines.ts';
import { maxReadBytes } from './mask.ts';

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
    call.answered(answer.status, { bytes, size: bytes.length, contentType: contentType(answer) });
    await insertCall(db, call);
    return passHeaders(answer, call, reply).send(bytes);
  }
  call.accepted(answer.status, 0);
  await insertCall(db, call).catch((error) => {
    answer.body.destroy();
    throw error;
  });
  call.isStreamed = true;
  return passHeaders(answer, call, reply).send(stream({ db, log }, call, answer));
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

/**
 * The answer on its way to the caller. However it ends, the row is completed: also when the caller is gone before the first
 * byte, which is why this does not hang on anybody asking for one.
 */
function stream({ db, log }: Context, call: Call, answer: ModelAnswer): Transform {
  const beginning: Buffer[] = [];
  let size = 0;
  const passing = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      if (size <= maxReadBytes) beginning.push(chunk);
      size += chunk.length;
      done(null, chunk);
    },
  });
  pipeline(answer.body, passing, (error) => {
    call.mark('answer');
    call.answered(answer.status, { bytes: Buffer.concat(beginning), size, contentType: contentType(answer) });
    if (error)
      call.failed(error.code === 'ERR_STREAM_PREMATURE_CLOSE' ? callerGone() : machineFailure(error));
    // All of the answer may have been sent by now, so a row that cannot be completed does not break it.
    completeCall(db, call).catch((err) => log.error({ err, call: call.id }, 'call not completed'));
  });
  return passing;
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

/** Takes back what was said of a machine's answer, when another one takes its place. */
export function withdrawHeaders(reply: FastifyReply): void {
  for (const name of passedHeaders) {
    reply.removeHeader(name);
    // Fastify has given the headers of a stream to Node by now.
    reply.raw.removeHeader(name);
  }
}

function contentType({ headers }: ModelAnswer): string | undefined {
  return headers['content-type']?.toString();
}
