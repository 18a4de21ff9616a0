/** One item of a batch, and who waits for what becomes of it. */
export interface Job<Item, Result> {
  item: Item;
  resolve(result: Result): void;
  reject(reason: unknown): void;
}

export interface BatchesOptions<Item, Result> {
  /** Works on items of one lane and settles each of them; what it throws is the end of those that are not settled by then. */
  work(jobs: readonly Job<Item, Result>[]): Promise<void>;
  maxItems: number;
}

/**
 * Works on what many ask for in few steps. The first item of a lane is worked on at once; what comes meanwhile goes into the lane's
 * next batch together, so that items wait for company only when they would wait anyhow. Lanes do not wait for each other.
 */
export class Batches<Item, Result> {
  readonly #options: BatchesOptions<Item, Result>;
  /** What waits in each lane that is being worked on. */
  readonly #lanes = new Map<string, Job<Item, Result>[]>();

  constructor(options: BatchesOptions<Item, Result>) {
    this.#options = options;
  }

  /** What becomes of the item; whatever is looked up for it is looked up after this call. */
  add(lane: string, item: Item): Promise<Result> {
    return new Promise((resolve, reject) => {
      const job = { item, resolve, reject };
      const waiting = this.#lanes.get(lane);
      if (waiting) return void waiting.push(job);
      const jobs = [job];
      this.#lanes.set(lane, jobs);
      void this.#drain(lane, jobs);
    });
  }

  async #drain(lane: string, jobs: Job<Item, Result>[]): Promise<void> {
    while (jobs.length > 0) {
      const batch = jobs.splice(0, this.#options.maxItems);
      await this.#options.work(batch).catch((error) => {
        for (const { reject } of batch) reject(error);
      });
    }
    // Not a tick later: an item that comes in between would find nobody to work on it.
    this.#lanes.delete(lane);
  }
}
