import { Series } from './series.ts';

/** What a batch writes: one list a column, ready for unnest(), and what it refused. */
export class Columns {
  readonly logs = {
    task: [] as string[],
    ts: [] as number[],
    worker: [] as string[],
    level: [] as string[],
    metric: [] as string[],
    variant: [] as string[],
    msg: [] as string[],
  };
  added = 0;
  readonly #series = new Map<string, Map<string, Map<string, Series>>>();
  readonly #documents = new Map<string, NewDocument>();
  readonly #lastIterations = new Map<string, number | null>();
  readonly #refusals = new Map<string, number>();

  /** The series of these names, started when it is new. Maps in maps: joining names to a key is slow on this hottest path. */
  series(task: string, metric: string, variant: string): Series {
    const variants = inner(inner(this.#series, task), metric);
    let series = variants.get(variant);
    if (!series) {
      series = new Series(task, metric, variant);
      variants.set(variant, series);
    }
    return series;
  }

  allSeries(): Series[] {
    return [...this.#series.values()].flatMap((metrics) =>
      [...metrics.values()].flatMap((variants) => [...variants.values()]),
    );
  }

  /** A plot, image or vector; one statement may not write a row twice, so the last of two equals wins here. */
  addDocument(row: NewDocument): void {
    const { task, type, metric, variant, iter, key } = row;
    this.#documents.set([task, type, metric, variant, iter, key].join('\0'), row);
  }

  documents(): NewDocument[] {
    return [...this.#documents.values()];
  }

  /** Counts an event that will be stored. @param iter the task's progress, undefined when it says nothing about it */
  accept(task: string, iter: number | undefined): void {
    this.added++;
    const last = this.#lastIterations.get(task);
    if (iter === undefined) {
      if (last === undefined) this.#lastIterations.set(task, null);
    } else if (last === undefined || last === null || iter > last) {
      this.#lastIterations.set(task, iter);
    }
  }

  /** The tasks that got events, each with the highest iteration that counts as its progress. */
  lastIterations(): ReadonlyMap<string, number | null> {
    return this.#lastIterations;
  }

  refuse(reason: string): void {
    // A batch can hold a different fault in each of its events; the answer has a limit.
    const known = this.#refusals.has(reason) || this.#refusals.size < maxReasons;
    const key = known ? reason : 'other reasons';
    this.#refusals.set(key, (this.#refusals.get(key) ?? 0) + 1);
  }

  /** How many events were refused, and for which reasons how often. */
  refusals(): { errors: number; errors_info: Record<string, number> } {
    const counts = [...this.#refusals.values()];
    return {
      errors: counts.reduce((sum, count) => sum + count, 0),
      errors_info: Object.fromEntries(this.#refusals),
    };
  }
}

function inner<Value>(map: Map<string, Map<string, Value>>, key: string): Map<string, Value> {
  let found = map.get(key);
  if (!found) {
    found = new Map();
    map.set(key, found);
  }
  return found;
}

export interface NewDocument {
  task: string;
  type: string;
  metric: string;
  variant: string;
  iter: number;
  key: string;
  ts: number;
  worker: string;
  url: string | null;
  /** Files that a plot shows. */
  sourceUrls: string[];
  /** JSON. */
  document: string;
}

const maxReasons = 50;
