import { LRUCache } from 'lru-cache';
import type { NumberedSeries } from './points.ts';
import { keyOf, type Series } from './series.ts';

/** Of about 200 bytes each. */
const max = 100_000;

/**
 * The numbers of the series that were written to lately. They may be out of date, since other servers write too and events are
 * deleted: the statement that uses a number checks it.
 */
export class KnownSeries {
  /** By key: the number, and the highest iteration that was stored. */
  readonly #series = new LRUCache<string, { id: number; last: number }>({ max });

  /** The numbers of all these series, if each is known and gets only points beyond its last. */
  find(all: readonly Series[]): NumberedSeries[] | undefined {
    const found: NumberedSeries[] = [];
    for (const series of all) {
      const known = this.#series.get(keyOf(series));
      if (!known || series.firstIteration <= known.last) return undefined;
      found.push({ id: known.id, series });
    }
    return found;
  }

  /** @param all what was stored, and under which numbers */
  learn(all: readonly NumberedSeries[]): void {
    for (const { id, series } of all) {
      const key = keyOf(series);
      const last = Math.max(this.#series.get(key)?.last ?? series.lastIteration, series.lastIteration);
      this.#series.set(key, { id, last });
    }
  }

  forget(all: readonly Series[]): void {
    for (const series of all) this.#series.delete(keyOf(series));
  }
}
