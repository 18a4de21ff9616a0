import type { ServerResponse } from 'node:http';
import { pipeline, type Readable, Transform } from 'node:stream';
import type { FastifyReply } from 'fastify';
import type { GatewayContext } from '../context.ts';
import type { Call } from '../log/call.ts';
import { maxReadBytes } from '../log/mask.ts';
import type { CallEnd } from './call-end.ts';
import { isEventStream, type ModelAnswer, passedHeaders } from './exchange.ts';
import { callerGone, machineFailure } from './failures.ts';

/** Answers share their origin with the console. What a browser takes for a page is powerless there. */
const harmless = [
  ...['content-security-policy', "sandbox; default-src 'none'"],
  ...['x-content-type-options', 'nosniff'],
];

type Context = Pick<GatewayContext, 'calls' | 'metrics'>;

/**
 * Sends a model's answer to the caller, bytes and status as they came. Its row is durable before the first byte leaves; the row
 * of a streamed answer is completed when the stream has ended.
 *
 * @param end knows why the call was over before its answer had ended
 */
export async function deliver(
  context: Context,
  call: Call,
  answer: ModelAnswer,
  reply: FastifyReply,
  end: CallEnd,
): Promise<void> {
  const { calls, metrics } = context;
  const { status, body } = answer;
  if (Buffer.isBuffer(body)) {
    call.mark('answer');
    call.answered(status, { bytes: body, size: body.length, contentType: contentType(answer) });
    try {
      await calls.write(call);
    } catch (error) {
      // Its row may be there all the same. To answerError() it is a call whose answer was on its way.
      call.accepted(status, 0);
      throw error;
    }
    metrics.ended(call.measure);
    calls.ended();
    const response = begin(answer, call, reply);
    // The log tells of some calls at a time, which are answered in a row: who wakes up for the first is awake for the others.
    process.nextTick(() => response.end(body));
    return;
  }
  call.accepted(status, 0);
  await calls.write(call).catch((error) => {
    body.destroy();
    throw error;
  });
  sendStream(context, call, { ...answer, body }, reply, end);
}

/** Sends what comes when it comes. However it ends, the row is completed. */
function sendStream(
  { calls, metrics }: Context,
  call: Call,
  answer: ModelAnswer & { body: Readable },
  reply: FastifyReply,
  end: CallEnd,
): void {
  const { status, body } = answer;
  const beginning: Buffer[] = [];
  let size = 0;
  const passing = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      if (size <= maxReadBytes) beginning.push(chunk);
      size += chunk.length;
      done(null, chunk);
    },
  });
  const raw = begin(answer, call, reply);
  raw.flushHeaders();
  pipeline(body, passing, raw, (error) => {
    call.mark('answer');
    call.answered(status, { bytes: Buffer.concat(beginning), size, contentType: contentType(answer) });
    if (error) call.failed(machineFailure(end.reason ?? reasonOf(error)));
    // All of the answer may have been sent by now, so a row that cannot be completed does not break it.
    metrics.ended(call.measure);
    void calls.complete(call);
    calls.ended();
  });
}

/** Why a stream broke off, unless it is known why the call ended. What breaks with an error of the system is the caller's connection. */
function reasonOf(error: NodeJS.ErrnoException): unknown {
  return callerCodes.has(error.code ?? '') ? callerGone() : error;
}

const callerCodes = new Set(['ERR_STREAM_PREMATURE_CLOSE', 'ECONNRESET', 'EPIPE']);

/** Writes the head of an answer past Fastify, whose way of sending one costs a call more than its log. */
function begin(answer: ModelAnswer, call: Call, reply: FastifyReply): ServerResponse {
  const headers = headersFor(answer, call);
  // A limit has set some.
  if (reply.hasHeader('ratelimit-limit')) {
    for (const [name, value] of Object.entries(reply.getHeaders())) headers.push(name, String(value));
  }
  // When the server closes, a connection that is kept alive would keep it alive too.
  if (!reply.server.server.listening) headers.push('connection', 'close');
  return reply.hijack().raw.writeHead(answer.status, headers);
}

/** Names and values by turns, which Node.js writes as they are. */
function headersFor({ status, headers, body }: ModelAnswer, call: Call): string[] {
  const passed = [...harmless, 'arno-call-id', call.id];
  for (const name of passedHeaders) {
    const value = headers[name];
    if (value !== undefined) passed.push(name, value);
  }
  const length = Buffer.isBuffer(body) ? body.length : headers['content-length'];
  // RFC 9110, 8.6: none with an answer that has no content by its status.
  if (length !== undefined && status !== 204) passed.push('content-length', String(length));
  // For nginx before us, which would collect events otherwise.
  if (isEventStream({ headers })) passed.push('x-accel-buffering', 'no');
  return passed;
}

function contentType({ headers }: ModelAnswer): string | undefined {
  return headers['content-type'];
}
