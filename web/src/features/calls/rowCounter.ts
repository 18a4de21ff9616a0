const newline = 0x0a;
const quote = 0x22;

/** Counts the calls in an exported file while it comes, in parts that end anywhere. */
export class RowCounter {
  bytes = 0;
  #lines = 0;
  #isQuoted = false;
  readonly #isCsv: boolean;

  constructor(format: 'csv' | 'ndjson') {
    this.#isCsv = format === 'csv';
  }

  /** The first line of CSV has the names of the columns. */
  get rows(): number {
    return Math.max(0, this.#lines - (this.#isCsv ? 1 : 0));
  }

  add(chunk: Uint8Array): void {
    this.bytes += chunk.length;
    for (const byte of chunk) {
      // A field of CSV may hold lines; a quote within one is written twice, which changes nothing here.
      if (byte === quote && this.#isCsv) this.#isQuoted = !this.#isQuoted;
      if (byte === newline && !this.#isQuoted) this.#lines++;
    }
  }
}
