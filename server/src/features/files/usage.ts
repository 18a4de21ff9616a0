import type { FileStorage } from '@arno/protocol';
import type { Logger } from '../../platform/log.ts';
import type { FileStore } from './store.ts';

/** A count is good for so long; a bucket is asked less often, since its owner pays for each question. */
const freshMs = { disk: 10 * 60_000, s3: 60 * 60_000 };
/** Beyond this many files a count says "at least". */
const maxFiles = 2_000_000;

/** How much the file store holds. It is counted when somebody asks and the last count is old, in the background: a store may be large. */
export class FileUsage {
  readonly #store: FileStore;
  readonly #log: Logger;
  readonly #maxFiles: number;
  #last: FileStorage['counted'];
  #lastEnd = Number.NEGATIVE_INFINITY;
  #error: string | undefined;
  #counting: Promise<void> | undefined;
  #closed = false;

  /** @param atMost files that a count takes into account */
  constructor(store: FileStore, log: Logger, atMost = maxFiles) {
    this.#store = store;
    this.#log = log;
    this.#maxFiles = atMost;
  }

  /** What is known now; begins a count when that is old. */
  async report(): Promise<FileStorage> {
    const { place } = this.#store;
    const free = await this.#store.freeBytes().catch(() => Number.POSITIVE_INFINITY);
    const isFresh = performance.now() - this.#lastEnd < freshMs[place.kind];
    if (!isFresh && !this.#counting && !this.#closed) {
      this.#counting = this.#count().finally(() => {
        this.#counting = undefined;
      });
    }
    return {
      ...place,
      counting: this.#counting !== undefined,
      ...(Number.isFinite(free) && { free }),
      ...(this.#last && { counted: this.#last }),
      ...(this.#error !== undefined && { error: this.#error }),
    };
  }

  async #count(): Promise<void> {
    let [files, bytes, complete] = [0, 0, true];
    this.#error = undefined;
    try {
      for await (const size of this.#store.sizes()) {
        if (this.#closed) return;
        if (files === this.#maxFiles) {
          complete = false;
          break;
        }
        files++;
        bytes += size;
      }
      this.#last = { at: new Date().toISOString(), files, bytes, complete };
    } catch (error) {
      this.#error = (error as Error).message;
      this.#log.warn({ reason: this.#error }, 'the files of the store could not be counted');
    }
    this.#lastEnd = performance.now();
  }

  /** Ends a count that is under way. */
  close(): void {
    this.#closed = true;
  }
}
