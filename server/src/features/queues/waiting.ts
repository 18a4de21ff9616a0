import { EventEmitter, once } from 'node:events';
import type pg from 'pg';
import type { Logger } from '../../platform/log.ts';

const channel = 'queue_entry';
const reconnectMs = 1000;

/**
 * Wakes calls that wait for a task in a queue. One connection listens to PostgreSQL's notifications, so that an agent waiting
 * on this replica hears of a task that was queued on another.
 */
export class QueueWaiters {
  readonly #emitter = new EventEmitter();
  readonly #pool: pg.Pool;
  readonly #log: Logger;
  #client: pg.PoolClient | undefined;
  #closed = false;
  #retry: NodeJS.Timeout | undefined;

  constructor(pool: pg.Pool, log: Logger) {
    this.#pool = pool;
    this.#log = log;
    this.#emitter.setMaxListeners(0);
  }

  async start(): Promise<void> {
    const client = await this.#pool.connect();
    this.#client = client;
    client.on('notification', ({ payload }) => this.#emitter.emit('entry', payload));
    client.on('error', (error) => this.#lost(error));
    await client.query(`LISTEN ${channel}`);
    // Whatever was queued while nobody listened: let all look.
    this.#emitter.emit('entry', undefined);
  }

  #lost(error: Error): void {
    this.#client?.release(error);
    this.#client = undefined;
    if (this.#closed) return;
    this.#log.warn(
      { reason: error.message },
      'lost the connection that listens for queued tasks; connecting again',
    );
    this.#reconnect();
  }

  #reconnect(): void {
    this.#retry = setTimeout(() => {
      this.start().catch((error: Error) => {
        this.#client?.release(error);
        this.#client = undefined;
        if (!this.#closed) this.#reconnect();
      });
    }, reconnectMs);
  }

  /** Resolves when one of the queues may have got a task, when `ms` have passed, or when `signal` aborts. */
  async wait(queueIds: readonly string[], ms: number, signal: AbortSignal): Promise<void> {
    // Not AbortSignal.any() with AbortSignal.timeout(): in Node.js 20 the collector can take the timeout, which then never comes.
    const end = new AbortController();
    const stop = () => end.abort();
    const timer = setTimeout(stop, ms);
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    try {
      for (;;) {
        const [queueId] = (await once(this.#emitter, 'entry', { signal: end.signal })) as [
          string | undefined,
        ];
        if (queueId === undefined || queueIds.includes(queueId)) return;
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
    this.#emitter.emit('entry', undefined);
    this.#client?.release(true);
    this.#client = undefined;
  }
}
