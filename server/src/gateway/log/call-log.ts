import { type Database, isRowFault } from '../../platform/database.ts';
import type { Logger } from '../../platform/log.ts';
import { GatewayError } from '../errors.ts';
import type { Call, CallRecord } from './call.ts';
import { completeCalls, insertCallsAgain } from './call-store.ts';
import { CountedInserts } from './counted-inserts.ts';
import { GroupCommit, type GroupCommitOptions } from './group-commit.ts';

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
}

/** Above this the database is far behind, and calls are refused before they reach a machine. */
const maxWaitingChars = 64 * 1024 * 1024;
/** Pauses between the attempts to write the end of a streamed answer. */
const patienceMs = [1_000, 5_000, 30_000];

/** Writes the log of calls. A row is durable when its promise resolves: only then its answer may leave. */
export class CallLog {
  readonly #options: CallLogOptions;
  readonly #counted: CountedInserts;
  readonly #inserts: GroupCommit<CallRecord>;
  readonly #ends: GroupCommit<CallRecord>;
  readonly #completing = new Set<Promise<void>>();
  #closing = false;

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
  }

  /**
   * For the beginning of a call.
   *
   * @throws GatewayError overloaded when so many rows wait that this call could not be logged in time
   */
  admit(): void {
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
   * cannot be written is tried again, and at last given up in the server's own log.
   */
  complete(call: Call): Promise<void> {
    const row = call.record(this.#options);
    const completing = this.#completeAtLast(row)
      .catch((err) => this.#options.log.error({ err, call: call.id }, 'the end of a call was not logged'))
      .finally(() => this.#completing.delete(completing));
    this.#completing.add(completing);
    return completing;
  }

  async #completeAtLast(row: CallRecord): Promise<void> {
    for (const pause of patienceMs) {
      try {
        return await this.#ends.add(row);
      } catch (error) {
        if (isRowFault(error) || this.#closing) throw error;
        await new Promise((resolve) => setTimeout(resolve, pause));
      }
    }
    await this.#ends.add(row);
  }

  /** Waits for the rows that are being written. */
  async close(): Promise<void> {
    this.#closing = true;
    await this.#inserts.close();
    await this.#counted.close();
    await Promise.all(this.#completing);
  }
}

/** What is not bounded otherwise, and what it takes about beside that. */
function sizeOf({ request, answer }: CallRecord): number {
  return 1000 + (request?.length ?? 0) + (answer?.length ?? 0);
}
