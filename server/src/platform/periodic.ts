import { type Kysely, sql } from 'kysely';
import type { Logger } from './log.ts';
import type { DB } from './schema.ts';

export interface PeriodicWork {
  /** Stands in the log when a run fails. */
  name: string;
  everyMs: number;
  /**
   * May answer `elsewhere`: another replica does it at the moment.
   *
   * @param ending aborts when the server stops: a long run should leave the rest to the next one
   */
  run(ending?: AbortSignal): Promise<unknown>;
}

/** What a run answers that left its work to another replica. */
export const elsewhere = 'elsewhere';

/** How a job has been doing since this process started. Errors are messages, without what they were about. */
export interface JobReport {
  name: string;
  everyMs: number;
  last?: { at: Date; durationMs: number; outcome: 'ok' | 'failed' | typeof elsewhere };
  lastFailure?: { at: Date; error: string };
  runs: number;
  failures: number;
  isRunning: boolean;
  nextAt?: Date;
}

/** Runs work again and again, never twice at once. A run that fails is logged; the next one comes in its time. */
export class PeriodicJob {
  readonly #work: PeriodicWork;
  readonly #log: Logger;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;
  readonly #ending = new AbortController();
  #report: JobReport;

  constructor(work: PeriodicWork, log: Logger) {
    this.#work = work;
    this.#log = log;
    const { name, everyMs } = work;
    this.#report = { name, everyMs, runs: 0, failures: 0, isRunning: false };
  }

  get report(): Readonly<JobReport> {
    return this.#report;
  }

  start(): void {
    if (this.#ending.signal.aborted) return;
    const { everyMs } = this.#work;
    this.#report.nextAt = new Date(Date.now() + everyMs);
    this.#timer = setTimeout(() => {
      this.#running = this.#run().finally(() => this.start());
    }, everyMs);
  }

  async #run(): Promise<void> {
    const { name } = this.#work;
    const at = new Date();
    const begun = performance.now();
    const end = (outcome: NonNullable<JobReport['last']>['outcome']) => {
      const durationMs = Math.round(performance.now() - begun);
      Object.assign(this.#report, { last: { at, durationMs, outcome }, isRunning: false });
    };
    this.#report.runs++;
    this.#report.isRunning = true;
    delete this.#report.nextAt;
    try {
      end((await this.#work.run(this.#ending.signal)) === elsewhere ? elsewhere : 'ok');
    } catch (error) {
      end('failed');
      this.#report.failures++;
      this.#report.lastFailure = { at, error: (error as Error).message };
      if (!this.#ending.signal.aborted)
        this.#log.error({ err: error, job: name }, 'a periodic job failed; it will run again');
    }
  }

  /** Starts no further run, and tells the one that is on its way to end soon. */
  halt(): void {
    this.#ending.abort();
    clearTimeout(this.#timer);
  }

  /** Halts and waits for the run that is on its way. */
  async stop(): Promise<void> {
    this.halt();
    await this.#running;
  }
}

/**
 * Runs work on one replica at a time: where another one holds the lock, nothing is done. The lock lives in a transaction of its own,
 * so that PostgreSQL frees it when this process dies; the work has its own connections.
 *
 * @param lock any number that nothing else locks in this database
 * @returns `elsewhere` when another replica does it
 */
export async function exclusively(
  db: Kysely<DB>,
  lock: number,
  work: () => Promise<void>,
): Promise<typeof elsewhere | undefined> {
  return db.transaction().execute(async (transaction) => {
    const { rows } = await sql<{ ours: boolean }>`SELECT pg_try_advisory_xact_lock(${lock}) AS ours`.execute(
      transaction,
    );
    if (!rows[0]?.ours) return elsewhere;
    // The transaction is idle while the work is done. PostgreSQL would end it after a while, and the lock with it.
    await sql`SET LOCAL idle_in_transaction_session_timeout = 0`.execute(transaction);
    await work();
    return undefined;
  });
}
