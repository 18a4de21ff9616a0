import { maxHeaderSize } from 'node:http';

/** What a machine sent is no answer in HTTP/1.1, or one that could be read in two ways. */
export class BadAnswerError extends Error {
  readonly code = 'BAD_HTTP';
}

/** The headers of an answer that were asked for, by their names in lower case. */
export type AnswerHeaders = Readonly<Record<string, string>>;

/** Told in this order; none of them throws. */
export interface AnswerListener {
  /** Also of interim answers, with a status below 200. */
  onHead(status: number, headers: AnswerHeaders): void;
  /** A part of the body; it may share its memory with other parts. */
  onData(chunk: Buffer): void;
  /**
   * All of the answer was read.
   *
   * @param idleMs how long the connection is kept for another request; 0 when it must not be used again
   */
  onEnd(idleMs: number): void;
}

/** A server that says for how long it keeps a connection is believed, but for this: it may close it while a request is on its way. */
const keepAliveMarginMs = 1_000;
const maxIdleMs = 60_000;
/** Interim answers before the answer; each may come with early hints. */
const maxInterims = 16;
/** Of the line before a chunk; what stands there beside its size nobody uses. */
const maxChunkLine = 1_024;

const beginning = 'HTTP/1.';
const noHttp = 'the answer does not begin with HTTP/1.1 and a status';
const statusLine = /^HTTP\/1\.[01] [1-9]\d\d(?: |$)/;
/** Names and values as RFC 9110, 5.1 and 5.5 has them. */
const headerName = /^[!#$%&'*+.^_`|~\w-]+$/;
const notInLine = /[^\t\x20-\x7e\x80-\xff]/;
const chunkLine = /^([\da-f]{1,12})[\t ]*(?:;[\t\x20-\x7e\x80-\xff]*)?$/i;

const bareLf = /(?:^|[^\r])\n/;
const closes = /(?:^|,)[\t ]*close[\t ]*(?:,|$)/i;
const keeps = /(?:^|,)[\t ]*keep-alive[\t ]*(?:,|$)/i;
const timeout = /(?:^|[\t ,])timeout=(\d{1,6})/i;

/** What a parser reads next. */
type Phase = 'idle' | 'head' | 'content' | 'chunk size' | 'chunk' | 'chunk end' | 'trailers' | 'rest';

/** The end of a body, as its head tells it. */
interface Framing {
  length?: string;
  coding?: string;
  connection?: string;
  keepAlive?: string;
}

const nothing = Buffer.alloc(0);

/**
 * Reads the answers of one connection by RFC 9112, and strictly: what could be read in two ways is refused, because whoever else
 * stands between may read it in the other.
 */
export class AnswerParser {
  readonly #wanted: ReadonlySet<string>;
  readonly #defaultIdleMs: number;
  #listener: AnswerListener | undefined;
  #phase: Phase = 'idle';
  /** What has come of a line, a head or the trailers. */
  #kept: Buffer = nothing;
  /** Bytes of the body, or of its chunk, that are still to come. */
  #left = 0;
  #idleMs = 0;
  #interims = 0;
  /** Bytes of trailers so far. */
  #trailers = 0;

  /**
   * @param wanted headers that listeners are told of, in lower case
   * @param defaultIdleMs how long a connection is kept whose server does not say how long it keeps it
   */
  constructor(wanted: ReadonlySet<string>, defaultIdleMs: number) {
    this.#wanted = wanted;
    this.#defaultIdleMs = defaultIdleMs;
  }

  /** A request was sent: the next bytes are its answer. */
  begin(listener: AnswerListener): void {
    this.#listener = listener;
    this.#phase = 'head';
    this.#interims = 0;
  }

  /** Nobody wants the rest. */
  stop(): void {
    this.#listener = undefined;
    this.#kept = nothing;
  }

  /** @throws BadAnswerError */
  read(chunk: Buffer): void {
    let rest = this.#kept.length > 0 ? Buffer.concat([this.#kept, chunk]) : chunk;
    this.#kept = nothing;
    while (rest.length > 0 && this.#listener) {
      const used = this.#step(rest, this.#listener);
      if (used === 0) {
        this.#kept = rest;
        return;
      }
      if (used === rest.length) return;
      rest = rest.subarray(used);
    }
    if (rest.length > 0 && this.#phase === 'idle') throw new BadAnswerError('more came than was asked for');
  }

  /** The connection was closed. Tells whether that is how the answer had to end. */
  end(): boolean {
    if (this.#phase !== 'rest') return false;
    this.#idleMs = 0;
    this.#finish(0);
    return true;
  }

  /** Reads the next piece, and answers how many bytes it has; 0 when not all of it has come. */
  #step(bytes: Buffer, listener: AnswerListener): number {
    switch (this.#phase) {
      case 'head':
        return this.#readHead(bytes, listener);
      case 'content':
      case 'chunk':
        return this.#readBody(bytes, listener);
      case 'chunk size':
        return this.#readChunkSize(bytes);
      case 'chunk end':
        return this.#readChunkEnd(bytes);
      case 'trailers':
        return this.#readTrailers(bytes);
      case 'rest':
        listener.onData(bytes);
        return bytes.length;
      case 'idle':
        throw new BadAnswerError('more came than was asked for');
    }
  }

  #readHead(bytes: Buffer, listener: AnswerListener): number {
    const end = bytes.indexOf('\r\n\r\n');
    if (end < 0 ? bytes.length >= maxHeaderSize : end > maxHeaderSize) {
      throw new BadAnswerError('the head of the answer is too large');
    }
    if (end < 0) {
      requireBeginning(bytes);
      return 0;
    }
    const text = bytes.toString('latin1', 0, end + 4);
    const lineEnd = text.indexOf('\r\n');
    const line = text.slice(0, lineEnd);
    if (!statusLine.test(line) || notInLine.test(line)) throw new BadAnswerError(noHttp);
    const framing: Framing = {};
    const headers = this.#readHeaders(text, lineEnd + 2, end + 2, framing);
    const size = end + 4;
    const status = Number(line.slice(9, 12));
    this.#frame(status, line[7] === '1', framing, bytes.length - size);
    listener.onHead(status, headers);
    if (this.#phase === 'idle') this.#finish(bytes.length - size);
    return size;
  }

  /** The wanted headers of a head; those that tell where its body ends go into `framing`. */
  #readHeaders(text: string, start: number, end: number, framing: Framing): AnswerHeaders {
    const headers: Record<string, string> = {};
    // Cut by hand: the arrays of a pattern with groups would take more memory than all else of a call in the parser.
    for (let at = start, next = 0; at < end; at = next) {
      const lineEnd = text.indexOf('\r\n', at);
      next = lineEnd + 2;
      const colon = text.indexOf(':', at);
      const name = text.slice(at, colon).toLowerCase();
      const value = withoutPadding(text, colon + 1, lineEnd);
      // Also a colon of a later line is none of this one.
      if (colon > lineEnd || !headerName.test(name) || notInLine.test(value)) {
        throw new BadAnswerError('a header of the answer is malformed');
      }
      if (name === 'content-length') framing.length = joined(framing.length, value);
      else if (name === 'transfer-encoding') framing.coding = joined(framing.coding, value);
      else if (name === 'connection') framing.connection = joined(framing.connection, value);
      else if (name === 'keep-alive') framing.keepAlive = value;
      if (this.#wanted.has(name)) headers[name] = joined(headers[name], value);
    }
    return headers;
  }

  /** How the body ends, and what becomes of the connection then: RFC 9112, 6.3 and 9.3. */
  #frame(status: number, isVersion11: boolean, framing: Framing, follows: number): void {
    const { length, coding } = framing;
    if (status === 101) throw new BadAnswerError('the answer is an upgrade that nobody asked for');
    if (status < 200) {
      if (++this.#interims > maxInterims)
        throw new BadAnswerError('the answer does not come, only interim ones');
      return;
    }
    this.#idleMs = this.#idleAfter(isVersion11, framing);
    if (length !== undefined && coding !== undefined) {
      throw new BadAnswerError('the answer has both a content-length and a transfer-encoding');
    }
    if (coding !== undefined && (!isVersion11 || coding.toLowerCase() !== 'chunked')) {
      throw new BadAnswerError('the answer has a transfer-encoding other than chunked');
    }
    if (length !== undefined && !/^\d{1,15}$/.test(length)) {
      throw new BadAnswerError('the content-length of the answer is no number');
    }
    this.#left = Number(length ?? 0);
    if (status === 204 || status === 304) {
      this.#phase = 'idle';
      // Should it come all the same, it would be taken for the next answer.
      if (coding !== undefined || this.#left > 0) this.#idleMs = 0;
    } else if (coding !== undefined) this.#phase = 'chunk size';
    else if (length === undefined) this.#phase = 'rest';
    else this.#phase = this.#left === 0 ? 'idle' : 'content';
    if (this.#phase === 'idle' && follows > 0) this.#idleMs = 0;
  }

  #idleAfter(isVersion11: boolean, { connection = '', keepAlive = '' }: Framing): number {
    const isKept = !closes.test(connection) && (isVersion11 || keeps.test(connection));
    if (!isKept) return 0;
    const [, seconds] = timeout.exec(keepAlive) ?? [];
    if (seconds === undefined) return this.#defaultIdleMs;
    return Math.min(Math.max(Number(seconds) * 1000 - keepAliveMarginMs, 0), maxIdleMs);
  }

  #readBody(bytes: Buffer, listener: AnswerListener): number {
    const size = Math.min(this.#left, bytes.length);
    this.#left -= size;
    listener.onData(size === bytes.length ? bytes : bytes.subarray(0, size));
    if (this.#left > 0) return size;
    if (this.#phase === 'chunk') this.#phase = 'chunk end';
    else this.#finish(bytes.length - size);
    return size;
  }

  #readChunkSize(bytes: Buffer): number {
    const line = lineOf(bytes, maxChunkLine);
    if (line === undefined) return 0;
    const [, digits] = chunkLine.exec(line) ?? [];
    if (digits === undefined) throw new BadAnswerError('a chunk of the answer has no size');
    this.#left = Number.parseInt(digits, 16);
    this.#phase = this.#left === 0 ? 'trailers' : 'chunk';
    this.#trailers = 0;
    return line.length + 2;
  }

  #readChunkEnd(bytes: Buffer): number {
    if (bytes.length < 2) return 0;
    if (bytes[0] !== 13 || bytes[1] !== 10)
      throw new BadAnswerError('a chunk of the answer is longer than it says');
    this.#phase = 'chunk size';
    return 2;
  }

  /** Nobody is told of them. */
  #readTrailers(bytes: Buffer): number {
    const line = lineOf(bytes, maxHeaderSize);
    if (line === undefined) return 0;
    this.#trailers += line.length + 2;
    if (this.#trailers > maxHeaderSize) throw new BadAnswerError('the trailers of the answer are too large');
    if (line === '') this.#finish(bytes.length - 2);
    return line.length + 2;
  }

  /** @param follows bytes that came after the answer: it cannot be told what they answer, so the connection is not used again */
  #finish(follows: number): void {
    const listener = this.#listener;
    this.#phase = 'idle';
    this.#listener = undefined;
    listener?.onEnd(follows > 0 ? 0 : this.#idleMs);
  }
}

/** A part of a line without the spaces and tabs around it, and only those: whatever else stands there is no padding. */
function withoutPadding(text: string, start: number, end: number): string {
  let [first, last] = [start, end];
  while (first < last && isPadding(text.charCodeAt(first))) first++;
  while (last > first && isPadding(text.charCodeAt(last - 1))) last--;
  return text.slice(first, last);
}

function isPadding(code: number): boolean {
  return code === 32 || code === 9;
}

/** A header that came more than once: RFC 9110, 5.3. */
function joined(former: string | undefined, value: string): string {
  return former === undefined ? value : `${former}, ${value}`;
}

/** @throws BadAnswerError when the beginning of a head can be none: to wait for its end would be to wait for the deadline */
function requireBeginning(bytes: Buffer): void {
  const text = bytes.toString('latin1');
  const lineEnd = text.indexOf('\n');
  const isStatus = lineEnd < 0 || statusLine.test(text.slice(0, lineEnd - 1));
  if (!isStatus || !beginning.startsWith(text.slice(0, beginning.length))) throw new BadAnswerError(noHttp);
  if (bareLf.test(text)) throw new BadAnswerError('a line of the answer does not end with CR LF');
}

/** The first line, without its end; undefined when not all of it has come. */
function lineOf(bytes: Buffer, maxChars: number): string | undefined {
  const end = bytes.indexOf(10);
  if (end < 0 ? bytes.length >= maxChars : end > maxChars)
    throw new BadAnswerError('a line of the answer is too long');
  if (end < 0) return undefined;
  if (bytes[end - 1] !== 13) throw new BadAnswerError('a line of the answer does not end with CR LF');
  return bytes.toString('latin1', 0, end - 1);
}
