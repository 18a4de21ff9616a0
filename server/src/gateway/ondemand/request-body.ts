import type { IncomingMessage } from 'node:http';
import { type Readable, Transform } from 'node:stream';
import { GatewayError } from '../errors.ts';
import type { CallEnd } from './call-end.ts';
import { callerGone } from './failures.ts';

export interface BodyLimits {
  /** More is refused. */
  maxBytes: number;
  /** Up to this the body is read whole, so that it can be checked, logged, and sent once more. */
  wholeBytes: number;
}

/** A body that has not been read yet. */
export interface IncomingBody {
  request: IncomingMessage;
  /** Tells a caller who waits for it to send the body. */
  ask(): void;
}

/** The body of a call: all of it, or a stream for one machine. */
export type RequestBody = Buffer | Readable;

/**
 * The body of a request, whole when it is small.
 *
 * @param onBytes told how many have come when not all of them are read here
 * @throws GatewayError body_too_large, also as the error of the stream; what ended the call
 */
export async function readBody(
  { request, ask }: IncomingBody,
  { maxBytes, wholeBytes }: BodyLimits,
  end: CallEnd,
  onBytes: (size: number) => void,
): Promise<RequestBody> {
  const announced = Number(request.headers['content-length'] ?? 0);
  if (announced > maxBytes) throw tooLarge(maxBytes);
  ask();
  const whole = Math.min(wholeBytes, maxBytes);
  const beginning = announced > whole ? [] : await take(request, whole, end);
  if (request.readableEnded)
    return beginning.length === 1 ? (beginning[0] as Buffer) : Buffer.concat(beginning);
  if (whole === maxBytes) throw tooLarge(maxBytes);
  return metered(request, beginning, maxBytes, onBytes);
}

export function tooLarge(maxBytes: number): GatewayError {
  return new GatewayError('body_too_large', `the body is larger than ${maxBytes} bytes`);
}

/**
 * All of a small body that came together with its head, as most do: to wait for its end would take longer than to read it.
 * Undefined when some of it is still to come, or when its size was not announced. The request may never say that it has ended.
 */
export function bytesAtHand(
  { request }: IncomingBody,
  { maxBytes, wholeBytes }: BodyLimits,
): Buffer | undefined {
  const announced = Number(request.headers['content-length'] ?? 0);
  const isHere =
    announced > 0 && announced === request.readableLength && announced <= Math.min(wholeBytes, maxBytes);
  return isHere ? (request.read() ?? undefined) : undefined;
}

/** Reads until the end, or until there are more than `limit` bytes: then the request is paused and can be read on. */
function take(request: IncomingMessage, limit: number, end: CallEnd): Promise<Buffer[]> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const onData = (chunk: Buffer) => {
      chunks.push(chunk);
      size += chunk.length;
      if (size > limit) stop(resolve);
    };
    const onEnd = () => stop(resolve);
    const onClose = () => stop(() => reject(callerGone()));
    const stop = (settle: (chunks: Buffer[]) => void) => {
      request.off('data', onData).off('end', onEnd).off('close', onClose).off('error', onClose).pause();
      settle(chunks);
    };
    request.on('data', onData).on('end', onEnd).on('close', onClose).on('error', onClose);
    end.passTo((reason) => stop(() => reject(reason)));
    if (request.destroyed) onClose();
  });
}

/** The rest of a request after its beginning, cut off above the limit. */
function metered(
  request: IncomingMessage,
  beginning: Buffer[],
  maxBytes: number,
  onBytes: (size: number) => void,
): Readable {
  let size = 0;
  const meter = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      size += chunk.length;
      onBytes(size);
      if (size > maxBytes) done(tooLarge(maxBytes));
      else done(null, chunk);
    },
  });
  for (const chunk of beginning) meter.write(chunk);
  // Not pipeline(): it would destroy the request, and with it the connection on which the refusal must go out.
  request.on('error', () => meter.destroy(callerGone()));
  request.on('close', () => request.readableEnded || meter.destroy(callerGone()));
  // Whoever sends the stream meets its errors; one that comes before that must not end the process.
  meter.on('error', () => request.unpipe(meter));
  return request.pipe(meter);
}

/** Whether a body can be sent once more: all of it is here, or no part of it has been taken yet and it has not been given up. */
export function isRepeatable(body: RequestBody): boolean {
  return Buffer.isBuffer(body) || !(body.readableDidRead || body.destroyed);
}
