import { Readable } from 'node:stream';
import { GatewayError } from '../errors.ts';
import type { AnswerHeaders } from '../upstream/answer-head.ts';
import type { Control, Requester } from '../upstream/connection.ts';
import { callerGone, machineFailure } from './failures.ts';

/** An answer announced to be at most this small is read whole, so that its row is written once; any other may be streamed. */
const maxWholeBytes = 256 * 1024;

/**
 * What a caller gets to see of a machine's headers. A list of what is passed and not of what is dropped: a machine must not set
 * cookies on this origin, open it to other sites, or give orders to a proxy before us.
 */
export const passedHeaders = [
  'content-type',
  'content-encoding',
  'content-language',
  'content-disposition',
  'cache-control',
  'retry-after',
  // Where a binary answer of the Open Inference Protocol (KServe, Triton) has the end of its JSON.
  'inference-header-content-length',
] as const;

export interface ModelAnswer {
  status: number;
  headers: AnswerHeaders;
  /** All of it, or the stream of it; the first byte of that has come, except for server-sent events. */
  body: Buffer | Readable;
}

export function isEventStream({ headers }: Pick<ModelAnswer, 'headers'>): boolean {
  return /^text\/event-stream\b/i.test(headers['content-type'] ?? '');
}

export interface ExchangeOptions {
  /** Larger answers are refused, or cut off when their size was not announced. */
  maxAnswerBytes: number;
  /** A part of an event stream has come. */
  onEvent(): void;
  /** The machine is done with the request: well, or with this error. Told once, also after abort(). */
  onEnd(error?: unknown): void;
}

/**
 * One request on its way to one machine. It takes the answer as it comes: whole when that costs nothing, otherwise as a stream
 * that the machine is slowed down for.
 */
export class Exchange implements Requester {
  /** Rejected with the connection's error, or with a GatewayError when it was us who did not want the answer. */
  readonly answer: Promise<ModelAnswer>;
  readonly #options: ExchangeOptions;
  #resolve!: (answer: ModelAnswer) => void;
  #reject!: (error: unknown) => void;
  #control: Control | undefined;
  #status = 0;
  #headers: AnswerHeaders = {};
  #isSmall = false;
  #isEvents = false;
  #size = 0;
  #chunks: Buffer[] = [];
  #stream: Readable | undefined;
  #isOver = false;
  #aborted: GatewayError | undefined;

  constructor(options: ExchangeOptions) {
    this.#options = options;
    this.answer = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  /** Of the answer; 0 until it has begun. */
  get status(): number {
    return this.#status;
  }

  /** The reason of an abort that came before there was a connection. */
  get unwanted(): GatewayError | undefined {
    return this.#aborted;
  }

  onStart(control: Control): void {
    this.#control = control;
  }

  onHead(status: number, headers: AnswerHeaders): void {
    // Early hints and the like: the answer is still to come.
    if (status < 200) return;
    const length = Number(headers['content-length'] ?? Number.NaN);
    const fault = this.#faultOf(status, length);
    if (fault) {
      this.#refuse(fault);
      return;
    }
    this.#status = status;
    this.#headers = headers;
    this.#isSmall = length <= maxWholeBytes;
    this.#isEvents = isEventStream({ headers });
    // Who waits for events wants to know that they will come.
    if (this.#isEvents) this.#startStream();
  }

  onData(chunk: Buffer): void {
    this.#size += chunk.length;
    if (this.#isEvents) this.#options.onEvent();
    if (this.#size > this.#options.maxAnswerBytes) this.#refuse(this.#tooLarge());
    else if (!this.#stream) this.#keep(chunk);
    else if (!this.#stream.push(chunk)) this.#control?.pause(this);
  }

  #keep(chunk: Buffer): void {
    // An answer whose end comes together with its beginning needs no stream.
    if (!this.#isSmall && this.#chunks.length === 0) setImmediate(() => this.#startStream());
    this.#chunks.push(chunk);
  }

  onEnd(): void {
    this.#isOver = true;
    if (this.#stream) this.#stream.push(null);
    else this.#settle(wholeOf(this.#chunks));
    this.#options.onEnd();
  }

  onError(error: unknown): void {
    this.#isOver = true;
    if (this.#stream) this.#stream.destroy(error as Error);
    // Once there was a part of an answer, the failure of its connection is a bad answer: nobody else is asked.
    else this.#reject(this.status === 0 ? error : machineFailure(error));
    this.#options.onEnd(error);
  }

  /** Nobody wants the answer any more, or the rest of it. */
  abort(reason: GatewayError): void {
    if (this.#isOver) return;
    this.#aborted = reason;
    if (this.#stream) this.#stream.destroy(reason);
    else if (this.#control) this.#control.abort(this, reason);
    // It waits for a connection, which is told when it is there; the caller is told now.
    else this.#reject(reason);
  }

  #faultOf(status: number, length: number): GatewayError | undefined {
    // A redirection would lead the caller, or us, past the rules for addresses.
    if (status >= 300 && status < 400) {
      return new GatewayError('bad_answer', `the model answered with a redirection, HTTP ${status}`);
    }
    if (status >= 600) return new GatewayError('bad_answer', `the model answered with HTTP ${status}`);
    return length > this.#options.maxAnswerBytes ? this.#tooLarge() : undefined;
  }

  #tooLarge(): GatewayError {
    const { maxAnswerBytes } = this.#options;
    return new GatewayError('bad_answer', `the model's answer is larger than ${maxAnswerBytes} bytes`);
  }

  #refuse(reason: GatewayError): void {
    this.#control?.abort(this, reason);
  }

  #startStream(): void {
    if (this.#isOver || this.#stream) return;
    const stream = new Readable({
      read: () => this.#control?.resume(this),
      destroy: (error, done) => {
        if (!this.#isOver) this.#control?.abort(this, error ?? callerGone());
        done(error);
      },
    });
    // Whoever reads it meets its errors; one that comes before that must not end the process.
    stream.on('error', () => {});
    for (const chunk of this.#chunks.splice(0)) stream.push(chunk);
    this.#stream = stream;
    this.#settle(stream);
  }

  #settle(body: ModelAnswer['body']): void {
    this.#resolve({ status: this.#status, headers: this.#headers, body });
  }
}

function wholeOf(chunks: readonly Buffer[]): Buffer {
  return chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks);
}
