/** Rows that wait for the next write. */
interface Waiting<Row> {
  row: Row;
  done(): void;
  failed(error: unknown): void;
}

export interface GroupCommitOptions<Row> {
  /** Writes rows in one commit: all or none. @param isAgain they may be there already */
  write(rows: readonly Row[], isAgain: boolean): Promise<void>;
  /** About how many characters a row has. */
  sizeOf(row: Row): number;
  /** Whether a write failed because of what is in a row, and not because of the database. */
  isRowFault(error: unknown): boolean;
  /** Characters of rows that may wait before isFull says so. */
  maxWaitingChars: number;
  /** About how many rows will come soon, those that wait included. */
  expected?: (() => number) | undefined;
  /** Told why rows were not written at first; they are written again. */
  onRetry?: ((error: unknown) => void) | undefined;
  /** Told of each commit: how many rows, and how long it took. */
  onCommit?: ((rows: number, milliseconds: number) => void) | undefined;
}

const maxBatchRows = 500;
const maxBatchChars = 4 * 1024 * 1024;
/** A write that failed after this is not tried again: whoever waits for it has waited enough. */
const patienceMs = 5_000;
/** Until the database is asked again after a write that failed for no fault of a row. */
const retryMs = 100;

/** Rows of a commit whose callers are told at a time. */
const rowsAtATime = 6;

/** The longest that rows wait for others that are expected. */
const companyMs = 1;

/**
 * Writes the rows of many callers with few commits. A row that is alone is written at once. What comes while a write is under way
 * goes into the next one together; that one begins when half of the rows that are expected have come, or a moment later.
 */
export class GroupCommit<Row> {
  readonly #options: GroupCommitOptions<Row>;
  #waiting: Waiting<Row>[] = [];
  #waitingChars = 0;
  #writing: Promise<void> | undefined;
  /** Told of each row while rows are waited for. */
  #onRow: (() => void) | undefined;

  constructor(options: GroupCommitOptions<Row>) {
    this.#options = options;
  }

  /** More rows wait than the database keeps up with. */
  get isFull(): boolean {
    return this.#waitingChars > this.#options.maxWaitingChars;
  }

  /** Resolves when the row is durable. Rejects with the reason why it alone, or any row at all, cannot be written. */
  add(row: Row): Promise<void> {
    return new Promise((done, failed) => {
      this.#waiting.push({ row, done, failed });
      this.#waitingChars += this.#options.sizeOf(row);
      this.#writing ??= this.#writeAll();
      this.#onRow?.();
    });
  }

  /** Waits until nothing waits. */
  async close(): Promise<void> {
    while (this.#writing) await this.#writing;
  }

  async #writeAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      if (!this.#isEnough) await this.#company();
      const batch = this.#nextBatch();
      await this.#writeBatch(batch);
      for (const { row } of batch) this.#waitingChars -= this.#options.sizeOf(row);
    }
    // Not a tick later: a row that comes in between would find nobody to write it.
    this.#writing = undefined;
  }

  get #isEnough(): boolean {
    return this.#waiting.length * 2 >= Math.min(this.#options.expected?.() ?? 0, maxBatchRows);
  }

  /** Resolves when there are rows enough for a write, or when they have waited long enough. */
  async #company(): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, companyMs);
      this.#onRow = () => {
        if (!this.#isEnough) return;
        clearTimeout(timer);
        resolve();
      };
    });
    this.#onRow = undefined;
  }

  #nextBatch(): Waiting<Row>[] {
    let chars = 0;
    const end = this.#waiting.findIndex(({ row }, index) => {
      chars += this.#options.sizeOf(row);
      return index >= maxBatchRows || (index > 0 && chars > maxBatchChars);
    });
    return this.#waiting.splice(0, end < 0 ? this.#waiting.length : end);
  }

  /** One row that cannot be written fails alone: a batch that holds one is halved until it is found. */
  async #writeBatch(batch: readonly Waiting<Row>[]): Promise<void> {
    try {
      const started = performance.now();
      await this.#writeTwice(batch.map(({ row }) => row));
      this.#options.onCommit?.(batch.length, performance.now() - started);
      await tell(batch);
    } catch (error) {
      if (batch.length === 1 || !this.#options.isRowFault(error)) {
        for (const { failed } of batch) failed(error);
        return;
      }
      const half = batch.length >> 1;
      await this.#writeBatch(batch.slice(0, half));
      await this.#writeBatch(batch.slice(half));
    }
  }

  /** A connection that broke, or a database that started again, is no reason to fail calls: what was written is not written twice. */
  async #writeTwice(rows: readonly Row[]): Promise<void> {
    const { write, isRowFault, onRetry } = this.#options;
    const started = performance.now();
    try {
      await write(rows, false);
    } catch (error) {
      if (isRowFault(error) || performance.now() - started > patienceMs) throw error;
      onRetry?.(error);
      await new Promise((resolve) => setTimeout(resolve, retryMs));
      await write(rows, true);
    }
  }
}

/**
 * Tells some callers, and the next ones in another tick: the answers of the first are on their way, and their receivers at work,
 * while those of the others are made.
 */
async function tell(batch: readonly Waiting<unknown>[]): Promise<void> {
  for (const [index, { done }] of batch.entries()) {
    if (index > 0 && index % rowsAtATime === 0)
      await new Promise<void>((resolve) => process.nextTick(resolve));
    done();
  }
}
