import { type Kysely, sql } from 'kysely';
import type { Logger } from './log.ts';
import type { DB } from './schema.ts';

export interface PeriodicWork {
  /** Stands in the log when a run fails. */
  name: string;
  everyMs: number;
  run(): Promise<void>;
}

/** Runs work again and again, never twice at once. A run that fails is logged; the next one comes in its time. */
export class PeriodicJob {
  readonly #work: PeriodicWork;
  readonly #log: Logger;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;
  #stopped = false;

  constructor(work: PeriodicWork, log: Logger) {
    this.#work = work;
    this.#log = log;
  }

  start(): void {
    if (this.#stopped) return;
    this.#timer = setTimeout(() => {
      this.#running = this.#run().finally(() => this.start());
    }, this.#work.everyMs);
  }

  async #run(): Promise<void> {
    const { name } = this.#work;
    await this.#work.run().catch((error: Error) => {
      if (!this.#stopped)
        this.#log.error({ err: error, job: name }, 'a periodic job failed; it will run again');
    });
  }

  /** Starts no further run and waits for the one that is on its way. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#running;
  }
}

/**
 * Runs work on one replica at a time: where another one holds the lock, nothing is done. The lock lives in a transaction of its own,
 * so that PostgreSQL frees it when this process dies; the work has its own connections.
 *
 * @param lock any number that nothing else locks in this database
 */
export async function exclusively(db: Kysely<DB>, lock: number, work: () => Promise<void>): Promise<void> {
  await db.transaction().execute(async (transaction) => {
    const { rows } = await sql<{ ours: boolean }>`SELECT pg_try_advisory_xact_lock(${lock}) AS ours`.execute(
      transaction,
    );
    if (rows[0]?.ours) await work();
  });
}
