import { type Database, isRowFault } from '../../platform/database.ts';
import type { Logger } from '../../platform/log.ts';
import { GatewayError } from '../errors.ts';
import type { Call, CallRecord } from './call.ts';
import { completeCalls, insertCallsAgain, rewriteCalls } from './call-store.ts';
import { CountedInserts } from './counted-inserts.ts';
import { GroupCommit, type GroupCommitOptions } from './group-commit.ts';
import { LateRows } from './late-rows.ts';

export interface CallLogOptions {
  database: Pick<Database, 'db' | 'unsynced'>;
  log: Logger;
  /** Characters of a request and of an answer that a row keeps; 0 keeps neither. */
  bodyChars: number;
  /** How many calls are under way whose rows will be written when they are answered. */
  underWay?: () => number;
  /** Told of each commit of rows that were written together. */
  onCommit?: GroupCommitOptions<CallRecord>['onCommit'];
  /** The number of this server, for the rows of answers that it is sending; see platform/presence.ts. */
  server: number;
  /** Pauses between the attempts to write a row that no caller waits for; the last one is repeated. */
  pausesMs?: readonly number[];
}

/** Above this the database is far behind, and calls are refused before they reach a machine. */
const maxWaitingChars = 64 * 1024 * 1024;
const defaultPausesMs = [1_000, 5_000, 10_000];
/** How long calls whose connections were cut may take to end when the server stops. */
const lastCallsMs = 5_000;

/** Writes the log of calls. A row is durable when its promise resolves: only then its answer may leave. */
export class CallLog {
  readonly #options: CallLogOptions;
  readonly #counted: CountedInserts;
  readonly #inserts: GroupCommit<CallRecord>;
  readonly #ends: GroupCommit<CallRecord>;
  readonly #rewrites: GroupCommit<CallRecord>;
  readonly #late: LateRows<CallRecord>;
  /** Rows that no caller waits for. */
  readonly #finishing = new Set<Promise<void>>();
  /** Calls that have begun and have no row of their end yet. */
  #open = 0;
  #onLastEnded: (() => void) | undefined;

  constructor(options: CallLogOptions) {
    const { database, log, onCommit } = options;
    const pool = database.unsynced;
    this.#options = options;
    this.#counted = new CountedInserts(options);
    const shared = { isRowFault, maxWaitingChars, sizeOf, onCommit };
    this.#inserts = new GroupCommit({
      ...shared,
      expected: options.underWay,
      write: (rows, isAgain) => (isAgain ? insertCallsAgain(pool, rows) : this.#counted.insert(rows)),
      onRetry: (error) => log.warn({ err: error }, 'calls were not logged; trying again'),
    });
    this.#ends = new GroupCommit({ ...shared, write: (rows) => completeCalls(pool, rows) });
    this.#rewrites = new GroupCommit({ ...shared, write: (rows) => rewriteCalls(pool, rows) });
    this.#late = new LateRows({ ...shared, pausesMs: options.pausesMs ?? defaultPausesMs });
  }

  /**
   * For the beginning of a call. Whatever becomes of it, ended() is to be told.
   *
   * @throws GatewayError overloaded when so many rows wait that this call could not be logged in time
   */
  admit(): void {
    this.#open++;
    if (this.#inserts.isFull) {
      throw new GatewayError('overloaded', 'the log of calls cannot keep up; try again', undefined, 1);
    }
  }

  /** Writes the row of a call, together with those of calls that end at the same time. */
  write(call: Call): Promise<void> {
    return this.#inserts.add(call.record(this.#options));
  }

  /**
   * Rewrites the row of a call that was logged before its answer ended. The answer may have left entirely by now: a row that
   * cannot be written is tried again, until there are too many of them or the server stops.
   */
  complete(call: Call): Promise<void> {
    return this.#finish(call, this.#ends);
  }

  /**
   * Writes the row of a call that failed when its answer was about to leave, and may have a row that says so. Resolves when it is
   * durable, or when the database is away: then it is tried again as in complete().
   */
  rewrite(call: Call): Promise<void> {
    return new Promise((resolve) => {
      void this.#finish(call, this.#rewrites, resolve).then(resolve);
    });
  }

  /** What is given up is told in the server's own log. */
  #finish(call: Call, commits: GroupCommit<CallRecord>, onLater?: () => void): Promise<void> {
    const finishing = this.#late
      .write(commits, call.record(this.#options), onLater)
      .catch((err) => this.#options.log.error({ err, call: call.id }, 'the end of a call was not logged'))
      .finally(() => this.#finishing.delete(finishing));
    this.#finishing.add(finishing);
    return finishing;
  }

  /** A call is over, and what is to be in its row was handed to this log or is in the database. To be told once a call. */
  ended(): void {
    this.#open--;
    if (this.#open <= 0) this.#onLastEnded?.();
  }

  /** Waits for the calls that have begun, which have lost their connections by now, and for the rows that are being written. */
  async close(): Promise<void> {
    await this.#lastCalls();
    await this.#inserts.close();
    await this.#counted.close();
    this.#late.close();
    await Promise.all(this.#finishing);
  }

  async #lastCalls(): Promise<void> {
    if (this.#open <= 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, lastCallsMs);
      this.#onLastEnded = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    if (this.#open > 0)
      this.#options.log.warn({ calls: this.#open }, 'calls did not end when the server stopped');
  }
}

/** What is not bounded otherwise, and what it takes about beside that. */
function sizeOf({ request, answer }: CallRecord): number {
  return 1000 + (request?.length ?? 0) + (answer?.length ?? 0);
}
