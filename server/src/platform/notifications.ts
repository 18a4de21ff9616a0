import { EventEmitter, once } from 'node:events';
import type pg from 'pg';
import type { Logger } from './log.ts';

const reconnectMs = 1000;

/**
 * Wakes calls that wait for a notification of PostgreSQL. One connection listens, so that who waits on this replica hears of
 * what was committed through another.
 */
export class Notifications {
  readonly #emitter = new EventEmitter();
  readonly #pool: pg.Pool;
  readonly #log: Logger;
  #client: pg.PoolClient | undefined;
  #closed = false;
  #retry: NodeJS.Timeout | undefined;

  readonly #channel: string;

  /** @param channel a plain name, as in NOTIFY */
  constructor(pool: pg.Pool, channel: string, log: Logger) {
    this.#pool = pool;
    this.#channel = channel;
    this.#log = log;
    this.#emitter.setMaxListeners(0);
  }

  async start(): Promise<void> {
    const client = await this.#pool.connect();
    // Closed meanwhile: the pool cannot end before it has this connection back.
    if (this.#closed) return client.release(true);
    this.#client = client;
    client.on('notification', ({ payload }) => this.#emitter.emit('payload', payload));
    client.on('error', (error) => this.#lost(client, error));
    await client.query(`LISTEN ${this.#channel}`);
    // Whatever was notified while nobody listened: let all look.
    this.#emitter.emit('payload', undefined);
  }

  #lost(client: pg.PoolClient, error: Error): void {
    // Given back already.
    if (client !== this.#client) return;
    this.#log.warn(
      { reason: error.message },
      'lost the connection that listens for notifications; connecting again',
    );
    this.#reconnect(error);
  }

  #reconnect(error: Error): void {
    this.#client?.release(error);
    this.#client = undefined;
    // A connection that dies during LISTEN fails twice: as a connection, and as a query.
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => {
      this.start().catch((again: Error) => this.#closed || this.#reconnect(again));
    }, reconnectMs);
  }

  /**
   * Tells each payload that is notified, and undefined when some may have been missed.
   *
   * @returns how to hear no more
   */
  subscribe(listener: (payload: string | undefined) => void): () => void {
    this.#emitter.on('payload', listener);
    return () => this.#emitter.off('payload', listener);
  }

  /** Resolves when one of the payloads may have been notified, when `ms` have passed, or when `signal` aborts. */
  async wait(payloads: readonly string[], ms: number, signal: AbortSignal): Promise<void> {
    // Not AbortSignal.any() with AbortSignal.timeout(): in Node.js 20 the collector can take the timeout, which then never comes.
    const end = new AbortController();
    const stop = () => end.abort();
    const timer = setTimeout(stop, ms);
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    try {
      for (;;) {
        const [payload] = (await once(this.#emitter, 'payload', { signal: end.signal })) as [
          string | undefined,
        ];
        if (payload === undefined || payloads.includes(payload)) return;
      }
    } catch (error) {
      if (!end.signal.aborted) throw error;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
    }
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#retry);
    this.#emitter.emit('payload', undefined);
    this.#client?.release(true);
    this.#client = undefined;
  }
}
