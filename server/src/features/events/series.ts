/** The protocol's mark of a value that was reported once, outside any iteration. */
export const singleValueIteration = -(2 ** 31);

/** The part of one scalar series that a batch brings: its points, and the statistics of all its events. */
export class Series {
  readonly task: string;
  readonly metric: string;
  readonly variant: string;
  /** Points, one list a column; of two reports of one iteration the later one stands. */
  readonly iters: number[] = [];
  readonly timestamps: number[] = [];
  readonly values: number[] = [];
  xAxisLabel: string | null = null;
  count = 0;
  /** The value of the highest (iteration, timestamp). */
  value = 0;
  min = Number.POSITIVE_INFINITY;
  minIteration = 0;
  max = Number.NEGATIVE_INFINITY;
  maxIteration = 0;
  /** The value of the lowest iteration. */
  first = 0;
  firstIteration = Number.POSITIVE_INFINITY;
  lastIteration = Number.NEGATIVE_INFINITY;
  #sum = 0;
  #latestTimestamp = Number.NEGATIVE_INFINITY;
  readonly #positions = new Map<number, number>();

  constructor(task: string, metric: string, variant: string) {
    this.task = task;
    this.metric = metric;
    this.variant = variant;
  }

  get mean(): number {
    return this.#sum / this.count;
  }

  add(iter: number, timestamp: number, value: number): void {
    this.#addPoint(iter, timestamp, value);
    this.count++;
    this.#sum += value;
    // Of equal extremes the first one reported stands.
    if (value < this.min) {
      this.min = value;
      this.minIteration = iter;
    }
    if (value > this.max) {
      this.max = value;
      this.maxIteration = iter;
    }
    if (iter < this.firstIteration) {
      this.first = value;
      this.firstIteration = iter;
    }
    if (iter > this.lastIteration || (iter === this.lastIteration && timestamp >= this.#latestTimestamp)) {
      this.value = value;
      this.lastIteration = iter;
      this.#latestTimestamp = timestamp;
    }
  }

  #addPoint(iter: number, timestamp: number, value: number): void {
    const position = this.#positions.get(iter) ?? this.iters.length;
    this.#positions.set(iter, position);
    this.iters[position] = iter;
    this.timestamps[position] = timestamp;
    // Stored as a 32-bit float; rounded here because PostgreSQL refuses a number that would become 0.
    this.values[position] = Math.fround(value);
  }
}

/** Names a series among all; none of its parts can hold the character between them. */
export function keyOf({ task, metric, variant }: Pick<Series, 'task' | 'metric' | 'variant'>): string {
  return `${task}\0${metric}\0${variant}`;
}
