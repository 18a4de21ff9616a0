import type { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { GatewayError } from '../errors.ts';
import type { AnswerHeaders } from './answer-head.ts';
import { type AnswerListener, AnswerParser } from './answer-parser.ts';

/** The machine closed the connection before its answer was complete. */
export class ClosedError extends Error {
  readonly code = 'CONNECTION_CLOSED';
}

/**
 * The machine closed a connection that it had kept, and said nothing to the request that went over it: most likely the two met
 * on their way (RFC 9112, 9.5). That tells nothing of the machine.
 */
export class KeptClosedError extends ClosedError {}

export interface Request {
  /** Begins with a slash; ASCII. */
  path: string;
  /** By their names in lower case. A `content-length` belongs to a stream that has exactly that many bytes. */
  headers: Readonly<Record<string, string>>;
  body: Buffer | Readable;
  /** Goes over a connection that has carried no other request. */
  isWary?: boolean;
}

/** What the reader of an answer may do meanwhile. A connection may carry the next request by now, so each says who it is. */
export interface Control {
  pause(by: Requester): void;
  resume(by: Requester): void;
  /** Gives the answer up, and the connection with it. */
  abort(by: Requester, reason: unknown): void;
}

/** Who sent a request. Told of one end: onEnd() or onError(). */
export interface Requester {
  /** Why nobody wants the answer any more; undefined while somebody does. Asked before the request goes out. */
  readonly unwanted?: unknown;
  /** The request goes out now. */
  onStart(control: Control): void;
  /** Also of interim answers, with a status below 200. */
  onHead(status: number, headers: AnswerHeaders): void;
  onData(chunk: Buffer): void;
  onEnd(): void;
  /** @param error BadAnswerError, ClosedError, why no connection could be opened, or the reason of an abort */
  onError(error: unknown): void;
}

export interface ConnectionOptions {
  /** Of the machine, as it stands in the header. */
  host: string;
  /** Headers that requesters are told of, in lower case. */
  wanted: ReadonlySet<string>;
  /** Milliseconds that it is kept without a request, unless the machine says how long it keeps it. */
  idleMs: number;
  /** It can carry another request. */
  onIdle(connection: Connection): void;
  onClose(connection: Connection): void;
}

/** What is left of a request when its answer is over must be sent in this time, or the connection is closed. */
const maxSendMs = 1_000;

/** Requests are made of checked parts. This is the last look at them: what ends a line here could begin a request of its own. */
const notInPath = /[^\x21-\x7e]/;
const notInValue = /[^\t\x20-\x7e\x80-\xff]/;

/** One connection to a machine: HTTP/1.1, one request at a time. */
export class Connection implements Control, AnswerListener {
  readonly #socket: Socket;
  readonly #options: ConnectionOptions;
  readonly #parser: AnswerParser;
  #requester: Requester | undefined;
  /** A stream that is being sent. */
  #upload: Readable | undefined;
  /** Of the socket. */
  #error: NodeJS.ErrnoException | undefined;
  #idleUntil: number;
  /** It has carried a request before this one. */
  #isKept = false;
  /** Something has come since the request went out. */
  #isAnswering = false;

  constructor(socket: Socket, options: ConnectionOptions) {
    this.#socket = socket;
    this.#options = options;
    this.#parser = new AnswerParser(options.wanted, options.idleMs);
    this.#idleUntil = performance.now() + options.idleMs;
    socket.setNoDelay(true);
    socket.on('end', () => this.#parser.end() || this.#fail(this.#closed()));
    socket.on('error', (error) => {
      this.#error ??= error;
    });
    socket.on('close', () => {
      this.#fail(this.#closed());
      options.onClose(this);
    });
  }

  /**
   * The machine sent something.
   *
   * @param chunk taken when this returns: its memory is then used for the next
   * @returns that it wants more
   */
  read(chunk: Buffer): true {
    this.#isAnswering = true;
    try {
      this.#parser.read(chunk);
    } catch (error) {
      this.#fail(error);
    }
    return true;
  }

  /** Whether it can carry a request at this time of performance.now(). */
  isFresh(now: number): boolean {
    return now < this.#idleUntil && !this.#socket.destroyed && this.#socket.writable;
  }

  /** Only when it is idle. */
  send(request: Request, requester: Requester): void {
    this.#requester = requester;
    requester.onStart(this);
    // It may have been aborted before it began.
    if (this.#requester !== requester) return;
    this.#isAnswering = false;
    this.#parser.begin(this);
    try {
      this.#write(request);
    } catch (error) {
      this.#fail(error);
    }
  }

  pause(by: Requester): void {
    if (this.#requester === by) this.#socket.pause();
  }

  resume(by: Requester): void {
    if (this.#requester === by) this.#socket.resume();
  }

  abort(by: Requester, reason: unknown): void {
    if (this.#requester === by) this.#fail(reason);
  }

  close(): void {
    this.#socket.destroy();
  }

  onHead(status: number, headers: AnswerHeaders): void {
    this.#requester?.onHead(status, headers);
  }

  onData(chunk: Buffer): void {
    this.#requester?.onData(Buffer.from(chunk));
  }

  onEnd(idleMs: number): void {
    const requester = this.#requester;
    this.#requester = undefined;
    // A machine that answered before it had all of the request may never take the rest, nor what would come behind it.
    const isUsable = idleMs > 0 && !this.#upload && this.#socket.writable;
    this.#dropUpload();
    if (!isUsable) this.#socket.destroy();
    else if (this.#socket.writableLength === 0) this.#rest(idleMs);
    else this.#restOnceSent(idleMs);
    requester?.onEnd();
  }

  /**
   * TLS tells in a later turn of the event loop that a request was sent; the answer may come before. Nothing tells that apart
   * from a request that the machine does not take, but that it lasts.
   */
  #restOnceSent(idleMs: number): void {
    const tooLate = setTimeout(() => this.#socket.destroy(), maxSendMs);
    this.#socket.write('', (error) => {
      clearTimeout(tooLate);
      if (!error && this.#socket.writable) this.#rest(idleMs);
    });
  }

  #rest(idleMs: number): void {
    this.#isKept = true;
    this.#idleUntil = performance.now() + idleMs;
    this.#socket.resume();
    this.#options.onIdle(this);
  }

  #write({ path, headers, body }: Request): void {
    if (notInPath.test(path)) throw new Error('the path has a character that no path may have');
    const head = `POST ${path} HTTP/1.1\r\nhost: ${this.#options.host}\r\n${linesOf(headers)}`;
    const socket = this.#socket;
    if (Buffer.isBuffer(body)) {
      socket.cork();
      socket.write(`${head}content-length: ${body.length}\r\n\r\n`, 'latin1');
      if (body.length > 0) socket.write(body);
      socket.uncork();
    } else if (headers['content-length'] === undefined) {
      socket.write(`${head}transfer-encoding: chunked\r\n\r\n`, 'latin1');
      this.#send(body, true);
    } else {
      socket.write(`${head}\r\n`, 'latin1');
      this.#send(body, false);
    }
  }

  /** Sends a stream as fast as the machine takes it. */
  #send(body: Readable, isChunked: boolean): void {
    // Not the machine's fault, and not to be taken for one.
    if (body.destroyed)
      throw body.errored ?? new GatewayError('client_closed', 'the body is no longer there');
    const socket = this.#socket;
    this.#upload = body;
    const isOver = () => this.#upload !== body;
    body.on('data', (chunk: Buffer) => {
      if (isOver() || chunk.length === 0) return;
      socket.cork();
      if (isChunked) socket.write(`${chunk.length.toString(16)}\r\n`, 'latin1');
      const goesOn = socket.write(chunk);
      if (isChunked) socket.write('\r\n', 'latin1');
      socket.uncork();
      if (goesOn) return;
      body.pause();
      socket.once('drain', () => isOver() || body.resume());
    });
    body.on('end', () => {
      if (isOver()) return;
      this.#upload = undefined;
      if (isChunked) socket.write('0\r\n\r\n', 'latin1');
    });
    body.on('error', (error) => isOver() || this.#fail(error));
  }

  #dropUpload(): void {
    const body = this.#upload;
    this.#upload = undefined;
    body?.destroy();
  }

  /** What the end of the connection means to its request. */
  #closed(): ClosedError {
    const why = this.#error ? ` (${this.#error.code}: ${this.#error.message})` : '';
    return this.#isKept && !this.#isAnswering
      ? new KeptClosedError(`the machine closed a kept connection before it answered${why}`)
      : new ClosedError(`the machine closed the connection before its answer was complete${why}`);
  }

  #fail(error: unknown): void {
    const requester = this.#requester;
    this.#requester = undefined;
    this.#parser.stop();
    this.#dropUpload();
    this.#socket.destroy();
    requester?.onError(error);
  }
}

/** @throws Error when a value could end its line */
function linesOf(headers: Readonly<Record<string, string>>): string {
  let lines = '';
  for (const name in headers) {
    const value = headers[name] as string;
    if (notInValue.test(value)) throw new Error(`the header ${name} has a character that no header may have`);
    lines += `${name}: ${value}\r\n`;
  }
  return lines;
}
