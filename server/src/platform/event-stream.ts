import { PassThrough, type Readable } from 'node:stream';

/** A comment on a silent stream, so that proxies keep it open and a client that is gone is noticed. */
const breathMs = 15_000;

export interface EventStreamOptions {
  /** Then the stream ends, and the client connects again with the rights it has by then. */
  lifeMs: number;
  /** A client that leaves more than this unread gets nothing until it has read. */
  maxUnreadBytes: number;
  /** The client has read what it left, and missed what was sent meanwhile. */
  onCaughtUp(): void;
}

/** Server-sent events to one client, with bounded memory and time. */
export class EventStream {
  readonly #body = new PassThrough();
  readonly #options: EventStreamOptions;
  readonly #breath = setInterval(() => this.write(':\n\n'), breathMs);
  readonly #life: NodeJS.Timeout;
  #isBehind = false;

  constructor(options: EventStreamOptions) {
    this.#options = options;
    this.#life = setTimeout(() => this.end(), options.lifeMs);
    this.onClose(() => {
      clearInterval(this.#breath);
      clearTimeout(this.#life);
    });
  }

  /** What is sent to the client. */
  get body(): Readable {
    return this.#body;
  }

  /** Told once, however the stream ends: all of it was sent, or the client is gone. */
  onClose(listener: () => void): void {
    this.#body.once('close', listener);
  }

  /**
   * Sends text in the format of server-sent events.
   *
   * @returns false when the client is behind or gone, and the text was not sent
   */
  write(text: string): boolean {
    const body = this.#body;
    if (this.#isBehind || body.writableEnded || body.destroyed) return false;
    body.write(text);
    if (body.writableLength + body.readableLength >= this.#options.maxUnreadBytes) {
      this.#isBehind = true;
      body.once('drain', () => {
        this.#isBehind = false;
        this.#options.onCaughtUp();
      });
    }
    return true;
  }

  /** Who does not read to the end gets no longer than a breath for it. */
  end(): void {
    this.#body.end();
    const giveUp = setTimeout(() => this.#body.destroy(), breathMs);
    this.onClose(() => clearTimeout(giveUp));
  }
}
