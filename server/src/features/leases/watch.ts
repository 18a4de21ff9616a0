import type { Kysely } from 'kysely';
import type { Logger } from '../../platform/log.ts';
import { exclusively } from '../../platform/periodic.ts';
import type { DB } from '../../platform/schema.ts';
import { endLostTasks, stopSilentTasks } from './leases.ts';

export interface LeaseSettings {
  /** Seconds without a report after which a worker is lost. */
  workerTimeout: number;
  /** Seconds without a sign of life after which a running task is stopped. */
  taskTimeout: number;
}

/**
 * Between two looks. A worker is lost after 60 s unless set otherwise, found at most this much later. What is the margin? Our agent
 * reports every 15 s, so three reports in a row must get lost. The official agent reports every 30 s, plus the time that the
 * report takes; if just one of them gets lost, the next comes at about 60 s and may come too late. What saves its task then is
 * that the task has to be silent as well: the SDK pings every 30 s by a thread of its own, and the agent sends what the program
 * prints. A program that does neither, under an official agent on a bad network, is what a longer ARNO_WORKER_TIMEOUT is for.
 */
export const lookEveryMs = 10_000;

/**
 * After an outage of ours, workers get this long to come back: the official clients wait up to 120 s between two attempts, and
 * report 30 s later at the latest.
 */
const graceMs = 150_000;

const lock = 7_251_540;

/** Looks for lost workers and silent tasks; knows since when they could have reported. */
export class LeaseWatch {
  readonly #db: Kysely<DB>;
  readonly #settings: LeaseSettings;
  readonly #log: Logger;
  #heardSince: number | undefined;
  #lastLook: number;

  /** @param start since when workers can report to this server */
  constructor(db: Kysely<DB>, settings: LeaseSettings, log: Logger, start = new Date()) {
    this.#db = db;
    this.#settings = settings;
    this.#log = log;
    this.#heardSince = start.getTime();
    this.#lastLook = start.getTime();
  }

  /** One look. After a pause, such as a suspended machine or a database that was away, nobody is blamed for silence. */
  async look(now = new Date()): Promise<unknown> {
    const time = now.getTime();
    if (this.#heardSince === undefined || time - this.#lastLook > 3 * lookEveryMs) this.#heardSince = time;
    this.#lastLook = time;
    const heardSince = this.#heardSince;
    try {
      return await exclusively(this.#db, lock, () => this.#end(now, heardSince));
    } catch (error) {
      this.#heardSince = undefined;
      throw error;
    }
  }

  async #end(now: Date, heardSince: number): Promise<void> {
    const time = now.getTime();
    const before = (seconds: number) => new Date(time - seconds * 1000);
    const graceIsOver = time - heardSince >= graceMs;
    const round = { now, log: this.#log };
    const search = {
      deadline: before(this.#settings.workerTimeout),
      heardSince: new Date(graceIsOver ? 0 : heardSince),
    };
    await endLostTasks(this.#db, search, round);
    if (graceIsOver) await stopSilentTasks(this.#db, before(this.#settings.taskTimeout), round);
  }
}
