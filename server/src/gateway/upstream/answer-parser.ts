import { maxHeaderSize } from 'node:http';
import {
  type AnswerHead,
  type AnswerHeaders,
  BadAnswerError,
  readHead,
  requireBeginning,
} from './answer-head.ts';

/** Told in this order; none of them throws. */
export interface AnswerListener {
  /** Also of interim answers, with a status below 200. */
  onHead(status: number, headers: AnswerHeaders): void;
  /** A part of the body, whose memory is the reader's again when this returns. */
  onData(chunk: Buffer): void;
  /**
   * All of the answer was read.
   *
   * @param idleMs how long the connection is kept for another request; 0 when it must not be used again
   */
  onEnd(idleMs: number): void;
}

/** Interim answers before the answer; each may come with early hints. */
const maxInterims = 16;
const chunkLine = /^([\da-f]{1,12})[\t ]*(?:;[\t\x20-\x7e\x80-\xff]*)?$/i;
/** Of the line before a chunk; what stands there beside its size nobody uses. */
const maxChunkLine = 1_024;

/** What a parser reads next. */
type Phase = 'idle' | 'head' | 'content' | 'chunk size' | 'chunk' | 'chunk end' | 'trailers' | 'rest';

/** What follows a head. */
const phaseOf = { none: 'idle', content: 'content', chunks: 'chunk size', rest: 'rest' } as const;

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
  #last: { text: string; head: AnswerHead } | undefined;
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

  /**
   * @param chunk nothing of it is kept but in copies
   * @throws BadAnswerError
   */
  read(chunk: Buffer): void {
    let rest = this.#kept.length > 0 ? Buffer.concat([this.#kept, chunk]) : chunk;
    this.#kept = nothing;
    while (rest.length > 0 && this.#listener) {
      const used = this.#step(rest, this.#listener);
      if (used === 0) {
        this.#kept = Buffer.from(rest);
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
    const size = end + 4;
    const text = bytes.toString('latin1', 0, size);
    const head = this.#headOf(text);
    this.#frame(head);
    listener.onHead(head.status, head.headers);
    if (this.#phase === 'idle') this.#finish(bytes.length - size);
    return size;
  }

  /** A machine's heads are often the same for all answers of a second, and to see that costs less than to read one. */
  #headOf(text: string): AnswerHead {
    if (this.#last?.text !== text) {
      this.#last = { text, head: readHead(text, this.#wanted, this.#defaultIdleMs) };
    }
    return this.#last.head;
  }

  /** What comes next, and what becomes of the connection then. */
  #frame({ status, body, length, idleMs }: AnswerHead): void {
    if (status < 200) {
      if (++this.#interims > maxInterims)
        throw new BadAnswerError('the answer does not come, only interim ones');
      return;
    }
    this.#idleMs = idleMs;
    this.#left = length;
    this.#phase = phaseOf[body];
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

/** The first line, without its end; undefined when not all of it has come. */
function lineOf(bytes: Buffer, maxChars: number): string | undefined {
  const end = bytes.indexOf(10);
  if (end < 0 ? bytes.length >= maxChars : end > maxChars)
    throw new BadAnswerError('a line of the answer is too long');
  if (end < 0) return undefined;
  if (bytes[end - 1] !== 13) throw new BadAnswerError('a line of the answer does not end with CR LF');
  return bytes.toString('latin1', 0, end - 1);
}
