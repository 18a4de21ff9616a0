import { Transform } from 'node:stream';
import type { FastifyReply, FastifyRequest, RequestPayload } from 'fastify';
import { GatewayError } from './errors.ts';

const defaultMaxBytes = 64 * 1024 * 1024;

/**
 * Bodies whose callers are not known yet, because the token is in them. However many strangers send however much, no more than so
 * many bytes are kept for all of them together.
 */
export class StrangeBodies {
  readonly #maxBytes: number;
  readonly #bytesOf = new WeakMap<FastifyRequest, number>();
  #bytes = 0;

  constructor(maxBytes = defaultMaxBytes) {
    this.#maxBytes = maxBytes;
  }

  /** The same body, counted as it comes. It fails with GatewayError overloaded when too much is kept of others. */
  counted(request: FastifyRequest, reply: FastifyReply, body: RequestPayload): RequestPayload {
    this.#bytesOf.set(request, 0);
    const counted: Transform & RequestPayload = new Transform({
      transform: (chunk: Buffer, _encoding, done) => {
        if (!this.#add(request, chunk.length)) return done(tooMuch());
        counted.receivedEncodedLength = (counted.receivedEncodedLength ?? 0) + chunk.length;
        done(null, chunk);
      },
    });
    // Nobody listens when the body is not read, or no further; it must not end the process.
    counted.on('error', () => {});
    reply.raw.once('close', () => this.known(request));
    body.once('error', (error) => counted.destroy(error));
    return body.pipe(counted);
  }

  /** The caller is known by now, or has gone. */
  known(request: FastifyRequest): void {
    this.#bytes -= this.#bytesOf.get(request) ?? 0;
    this.#bytesOf.delete(request);
  }

  /** Whether there is room for more of a body. */
  #add(request: FastifyRequest, bytes: number): boolean {
    const before = this.#bytesOf.get(request);
    // Its sender has gone.
    if (before === undefined) return false;
    if (this.#bytes + bytes > this.#maxBytes) return false;
    this.#bytesOf.set(request, before + bytes);
    this.#bytes += bytes;
    return true;
  }
}

function tooMuch(): GatewayError {
  const words =
    'too many large bodies have come without a token in their headers; send Authorization: Bearer';
  return new GatewayError('overloaded', words, undefined, 5);
}
