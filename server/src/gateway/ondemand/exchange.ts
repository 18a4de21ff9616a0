import type { IncomingHttpHeaders } from 'node:http';
import { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
import { GatewayError } from '../errors.ts';
import { callerGone, machineFailure } from './failures.ts';

/** An answer announced to be at most this small is read whole, so that its row is written once; any other may be streamed. */
const maxWholeBytes = 256 * 1024;

export interface ModelAnswer {
  status: number;
  headers: IncomingHttpHeaders;
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
 * One request on its way to one machine, as undici reports on it. It takes the answer as it comes: whole when that costs nothing,
 * otherwise as a stream that the machine is slowed down for.
 */
export class Exchange implements Dispatcher.DispatchHandler {
  /** Rejected with undici's error, or with a GatewayError when it was us who did not want the answer. */
  readonly answer: Promise<ModelAnswer>;
  readonly #options: ExchangeOptions;
  #resolve!: (answer: ModelAnswer) => void;
  #reject!: (error: unknown) => void;
  #controller: Dispatcher.DispatchController | undefined;
  #head: Pick<ModelAnswer, 'status' | 'headers'> = { status: 0, headers: {} };
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
    return this.#head.status;
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#aborted) controller.abort(this.#aborted);
  }

  onResponseStart(_controller: unknown, status: number, headers: IncomingHttpHeaders): void {
    // Early hints and the like: the answer is still to come.
    if (status < 200) return;
    const length = Number(headers['content-length'] ?? Number.NaN);
    const fault = this.#faultOf(status, length);
    if (fault) {
      this.#refuse(fault);
      return;
    }
    this.#head = { status, headers };
    this.#isSmall = length <= maxWholeBytes;
    this.#isEvents = isEventStream(this.#head);
    // Who waits for events wants to know that they will come.
    if (this.#isEvents) this.#startStream();
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#size += chunk.length;
    if (this.#isEvents) this.#options.onEvent();
    if (this.#size > this.#options.maxAnswerBytes) this.#refuse(this.#tooLarge());
    else if (!this.#stream) this.#keep(chunk);
    else if (!this.#stream.push(chunk)) controller.pause();
  }

  #keep(chunk: Buffer): void {
    // An answer whose end comes together with its beginning needs no stream.
    if (!this.#isSmall && this.#chunks.length === 0) setImmediate(() => this.#startStream());
    this.#chunks.push(chunk);
  }

  onResponseEnd(): void {
    this.#isOver = true;
    if (this.#stream) this.#stream.push(null);
    else this.#resolve({ ...this.#head, body: Buffer.concat(this.#chunks) });
    this.#options.onEnd();
  }

  onResponseError(_controller: unknown, error: Error): void {
    this.#isOver = true;
    if (this.#stream) this.#stream.destroy(error);
    // Once there was a part of an answer, the failure of its connection is a bad answer: nobody else is asked.
    else this.#reject(this.status === 0 ? error : machineFailure(error));
    this.#options.onEnd(error);
  }

  /** Nobody wants the answer any more, or the rest of it. */
  abort(reason: GatewayError): void {
    this.#aborted = reason;
    if (this.#stream) this.#stream.destroy(reason);
    else if (this.#controller) this.#controller.abort(reason);
    // It waits for a connection; undici can be told only when there is one, the caller now.
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
    this.#controller?.abort(reason);
  }

  #startStream(): void {
    if (this.#isOver || this.#stream) return;
    const stream = new Readable({
      read: () => this.#controller?.resume(),
      destroy: (error, done) => {
        if (!this.#isOver) this.#controller?.abort(error ?? callerGone());
        done(error);
      },
    });
    // Whoever reads it meets its errors; one that comes before that must not end the process.
    stream.on('error', () => {});
    for (const chunk of this.#chunks.splice(0)) stream.push(chunk);
    this.#stream = stream;
    this.#resolve({ ...this.#head, body: stream });
  }
}
