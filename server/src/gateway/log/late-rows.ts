import type { GroupCommit } from './group-commit.ts';

export interface LateRowsOptions<Row> {
  /** About how many characters a row has. */
  sizeOf(row: Row): number;
  /** Whether a write failed because of what is in a row, and not because of the database. */
  isRowFault(error: unknown): boolean;
  /** Characters of rows that may wait for another attempt; what comes beyond that is given up. */
  maxWaitingChars: number;
  /** Pauses between the attempts; the last one is repeated. */
  pausesMs: readonly number[];
}

/** Writes rows for which no caller waits: what cannot be written is tried again, until the database is back or this server stops. */
export class LateRows<Row> {
  readonly #options: LateRowsOptions<Row>;
  readonly #sleepers = new Set<() => void>();
  #waitingChars = 0;
  #isClosing = false;

  constructor(options: LateRowsOptions<Row>) {
    this.#options = options;
  }

  /**
   * Resolves when the row is durable. Rejects with the reason why it is given up.
   *
   * @param onLater told when the row could not be written at once, and will be tried again
   */
  async write(commits: GroupCommit<Row>, row: Row, onLater?: () => void): Promise<void> {
    const { sizeOf, maxWaitingChars } = this.#options;
    try {
      return await commits.add(row);
    } catch (error) {
      if (this.#isLast(error) || this.#waitingChars > maxWaitingChars) throw error;
    }
    onLater?.();
    const size = sizeOf(row);
    this.#waitingChars += size;
    await this.#writeLater(commits, row).finally(() => {
      this.#waitingChars -= size;
    });
  }

  async #writeLater(commits: GroupCommit<Row>, row: Row): Promise<void> {
    const { pausesMs } = this.#options;
    for (let tries = 0; ; tries++) {
      await this.#sleep(pausesMs[Math.min(tries, pausesMs.length - 1)] ?? 0);
      try {
        return await commits.add(row);
      } catch (error) {
        if (this.#isLast(error)) throw error;
      }
    }
  }

  /** Each row that waits is tried once more, and no more. */
  close(): void {
    this.#isClosing = true;
    for (const wake of this.#sleepers) wake();
  }

  /** Whether there is no other attempt after one that failed so. */
  #isLast(error: unknown): boolean {
    return this.#isClosing || this.#options.isRowFault(error);
  }

  #sleep(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        this.#sleepers.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, milliseconds);
      this.#sleepers.add(wake);
    });
  }
}
