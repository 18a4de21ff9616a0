import { NamedOwners } from './named-owners.ts';
import { Series } from './series.ts';
import { Tally } from './tally.ts';

/** A batch as it is written, one list a column, and what became of its events. */
export class Columns {
  readonly tally = new Tally();
  readonly named = new NamedOwners();
  /** What got events, each with the highest iteration that counts as its progress, null when none does. */
  readonly lastIterations = new Map<string, number | null>();
  readonly logs = {
    task: [] as string[],
    ts: [] as number[],
    worker: [] as string[],
    level: [] as string[],
    metric: [] as string[],
    variant: [] as string[],
    msg: [] as string[],
  };
  readonly #series = new Map<string, Map<string, Map<string, Series>>>();
  readonly #documents = new Map<string, NewDocument>();

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

  /** Notes that a task got an event. @param iter its progress, undefined when the event says nothing about it */
  touch(task: string, iter: number | undefined): void {
    const last = this.lastIterations.get(task);
    if (iter === undefined) {
      if (last === undefined) this.lastIterations.set(task, null);
    } else if (last === undefined || last === null || iter > last) {
      this.lastIterations.set(task, iter);
    }
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
