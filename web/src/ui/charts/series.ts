import type { Hue } from './palette.ts';

/** One series of a chart. `x` rises, and is a number or epoch milliseconds; a `y` of null is a gap. */
export interface Series {
  name: string;
  x: readonly number[];
  y: readonly (number | null)[];
  /** A status colour for what has that status; without it the next free hue. */
  hue?: Hue;
}

/** The series of one chart over one common axis; null where a series has no point. */
export interface Aligned {
  names: string[];
  x: number[];
  ys: (number | null)[][];
}

/** Series may have been measured at different places: the axis holds them all. */
export function align(series: readonly Series[]): Aligned {
  const x = [...new Set(series.flatMap((one) => one.x))].sort((a, b) => a - b);
  const place = new Map(x.map((value, index) => [value, index]));
  const ys = series.map((one) => {
    const y: (number | null)[] = new Array(x.length).fill(null);
    one.x.forEach((value, index) => {
      y[place.get(value) ?? 0] = one.y[index] ?? null;
    });
    return y;
  });
  return { names: series.map((one) => one.name), x, ys };
}

/** Each series on top of those before it; those left out count as nothing. */
export function stacked(aligned: Aligned, hidden: ReadonlySet<string>): number[][] {
  const top: number[] = new Array(aligned.x.length).fill(0);
  return aligned.ys.map((y, place) => {
    const isHidden = hidden.has(aligned.names[place] ?? '');
    y.forEach((value, index) => {
      top[index] = (top[index] ?? 0) + (isHidden ? 0 : (value ?? 0));
    });
    return [...top];
  });
}

/**
 * Exponential moving average; `weight` 0 changes nothing. The start is corrected for having no past, so that the curve
 * begins at its first value instead of at zero.
 */
export function smoothed(y: readonly (number | null)[], weight: number): (number | null)[] {
  let average = 0;
  let seen = 0;
  return y.map((value) => {
    if (value === null || !Number.isFinite(value)) return value;
    average = average * weight + (1 - weight) * value;
    seen += 1;
    return average / (1 - weight ** seen);
  });
}

/** Index of the value nearest to `index` that is not null, or undefined when the curve has none. */
export function nearest(y: ArrayLike<number | null | undefined>, index: number): number | undefined {
  for (let step = 0; step < y.length; step += 1) {
    if (y[index - step] != null) return index - step;
    if (y[index + step] != null) return index + step;
  }
  return undefined;
}
