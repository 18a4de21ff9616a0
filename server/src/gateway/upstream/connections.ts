import type { buildConnector } from 'undici';
import type { Connector } from '../../platform/connector.ts';
import {
  ClosedError,
  Connection,
  type ConnectionOptions,
  type Request,
  type Requester,
} from './connection.ts';

export interface ConnectionsOptions extends Pick<ConnectionOptions, 'wanted' | 'idleMs'> {
  /** Opens a connection, with TLS for https. */
  connect: Connector;
}

/**
 * What is read from any machine lies here until its connection has taken it, before the next is read. Node.js would allocate 64 KiB
 * for each piece, which costs a small answer more than to read it.
 */
const readBuffer = Buffer.allocUnsafeSlow(64 * 1024);

/** How often connections are closed that have been idle for too long. */
const sweepMs = 1_000;

/**
 * The connections to one machine. As many are open as requests were under way at a time lately; who limits the requests limits
 * the connections. The one that was used last is used next, so that those which are not needed get old and are closed.
 */
export class Connections {
  readonly #connect: Connector;
  readonly #target: buildConnector.Options;
  readonly #options: ConnectionOptions;
  readonly #open = new Set<Connection>();
  readonly #idle: Connection[] = [];
  /** Those whose answer has just ended, and those that have rested for a part of a turn of the event loop. */
  #resting: Connection[] = [];
  #rested: Connection[] = [];
  #isResting = false;
  #outbox: { request: Request; requester: Requester }[] = [];
  #sweeper: NodeJS.Timeout | undefined;
  /** Connections that are being opened. */
  #opening = 0;
  #isClosing = false;
  #isDestroyed = false;
  #closed: Promise<void> | undefined;
  #onEmpty: (() => void) | undefined;

  constructor({ protocol, hostname, host, port }: URL, { connect, ...options }: ConnectionsOptions) {
    this.#connect = connect;
    this.#target = { protocol, hostname: hostname.replace(/^\[|\]$/g, ''), host, port };
    this.#options = {
      ...options,
      host,
      onIdle: (connection) => this.#keep(connection),
      onClose: (connection) => this.#forget(connection),
    };
  }

  /**
   * Sends a POST; the requester is told what becomes of it. What is sent in one turn of the event loop goes out at its end, all at
   * once: to wake the machine for one request after the other costs more than to route them.
   */
  send(request: Request, requester: Requester): void {
    if (this.#outbox.push({ request, requester }) === 1) setImmediate(() => this.#sendAll());
  }

  /** Lets requests end that are under way; resolves when all connections are closed. */
  close(): Promise<void> {
    this.#isClosing = true;
    clearInterval(this.#sweeper);
    for (const connection of [...this.#idle.splice(0), ...this.#resting, ...this.#rested]) connection.close();
    this.#closed ??= new Promise((resolve) => {
      this.#onEmpty = resolve;
      this.#tellEmpty();
    });
    return this.#closed;
  }

  /** Breaks requests off that are under way. */
  destroy(): Promise<void> {
    this.#isDestroyed = true;
    const closed = this.close();
    for (const connection of this.#open) connection.close();
    return closed;
  }

  get #isEmpty(): boolean {
    return this.#open.size + this.#opening + this.#outbox.length === 0;
  }

  #sendAll(): void {
    const outbox = this.#outbox;
    this.#outbox = [];
    for (const { request, requester } of outbox) {
      if (this.#refuses(requester)) continue;
      const connection = request.isWary ? undefined : this.#takeIdle();
      if (connection) connection.send(request, requester);
      else this.#openFor(request, requester);
    }
    this.#tellEmpty();
  }

  /** Whether a request is not sent any more; then its requester knows. */
  #refuses(requester: Requester): boolean {
    const reason = this.#isDestroyed ? new ClosedError('the gateway is closing') : requester.unwanted;
    if (reason !== undefined) requester.onError(reason);
    return reason !== undefined;
  }

  #takeIdle(): Connection | undefined {
    const now = performance.now();
    for (;;) {
      const connection = this.#idle.pop();
      if (!connection || connection.isFresh(now)) return connection;
      connection.close();
    }
  }

  #openFor(request: Request, requester: Requester): void {
    this.#opening++;
    let connection: Connection | undefined;
    const onread = {
      buffer: readBuffer,
      // Nothing is read before it is connected.
      callback: (size: number) => connection?.read(readBuffer.subarray(0, size)) ?? false,
    };
    this.#connect({ ...this.#target, onread }, (error, socket) => {
      this.#opening--;
      if (socket) {
        connection = new Connection(socket, this.#options);
        this.#begin(connection, request, requester);
      } else requester.onError(error);
      this.#tellEmpty();
    });
  }

  #begin(connection: Connection, request: Request, requester: Requester): void {
    this.#open.add(connection);
    if (!this.#refuses(requester)) connection.send(request, requester);
    else if (this.#isDestroyed) connection.close();
    else this.#keep(connection);
  }

  /**
   * A machine may close the connection right after its answer, whatever it said. That can be read in the next turn of the event
   * loop, so the connection rests for a whole one before it is used again.
   */
  #keep(connection: Connection): void {
    if (this.#isClosing) {
      connection.close();
      return;
    }
    this.#resting.push(connection);
    if (this.#isResting) return;
    this.#isResting = true;
    setImmediate(() => this.#rest());
  }

  #rest(): void {
    if (this.#rested.length > 0) this.#sweeper ??= setInterval(() => this.#sweep(), sweepMs).unref();
    const now = performance.now();
    for (const connection of this.#rested) {
      if (connection.isFresh(now)) this.#idle.push(connection);
      else connection.close();
    }
    this.#rested = this.#resting;
    this.#resting = [];
    this.#isResting = this.#rested.length > 0;
    if (this.#isResting) setImmediate(() => this.#rest());
  }

  #forget(connection: Connection): void {
    this.#open.delete(connection);
    const place = this.#idle.indexOf(connection);
    if (place >= 0) this.#idle.splice(place, 1);
    this.#tellEmpty();
  }

  #sweep(): void {
    const now = performance.now();
    for (const connection of this.#idle) if (!connection.isFresh(now)) connection.close();
    if (this.#idle.length > 0) return;
    clearInterval(this.#sweeper);
    this.#sweeper = undefined;
  }

  #tellEmpty(): void {
    if (this.#isClosing && this.#isEmpty) this.#onEmpty?.();
  }
}
