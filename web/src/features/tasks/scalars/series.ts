/** One curve as `events.scalar_metrics_iter_histogram` answers it. `x` is an iteration or epoch milliseconds. */
export interface Curve {
  name: string;
  x: number[];
  y: (number | null)[];
}

/** metric -> variant -> curve */
export type Scalars = Record<string, Record<string, Curve>>;

/** The curves of one chart over one common axis; null where a curve has no point. */
export interface Aligned {
  names: string[];
  x: number[];
  ys: (number | null)[][];
}

/** Curves may have been reported at different steps: the axis holds them all. */
export function align(curves: readonly Curve[]): Aligned {
  const x = [...new Set(curves.flatMap((curve) => curve.x))].sort((a, b) => a - b);
  const place = new Map(x.map((value, index) => [value, index]));
  const ys = curves.map((curve) => {
    const y: (number | null)[] = new Array(x.length).fill(null);
    curve.x.forEach((value, index) => {
      y[place.get(value) ?? 0] = curve.y[index] ?? null;
    });
    return y;
  });
  return { names: curves.map((curve) => curve.name), x, ys };
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

export const HUES = 8;

/**
 * Slots of the palette for the variants of each metric. A variant that several metrics share ("train") has the same colour
 * in all of them; the others fill the colours left free in their own chart. Slots beyond HUES repeat a hue, dashed.
 */
export function assignSlots(scalars: Scalars): Map<string, Map<string, number>> {
  const uses = new Map<string, number>();
  for (const variants of Object.values(scalars)) {
    for (const name of Object.keys(variants)) uses.set(name, (uses.get(name) ?? 0) + 1);
  }
  const common = [...uses].filter(([, count]) => count > 1).slice(0, HUES);
  const shared = new Map(common.map(([name], slot) => [name, slot]));
  return new Map(
    Object.entries(scalars).map(([metric, variants]) => [metric, slotsOf(Object.keys(variants), shared)]),
  );
}

function slotsOf(names: readonly string[], shared: ReadonlyMap<string, number>): Map<string, number> {
  const taken = new Set(names.map((name) => shared.get(name)));
  let next = 0;
  return new Map(
    names.map((name) => {
      const own = shared.get(name);
      if (own !== undefined) return [name, own];
      while (taken.has(next)) next += 1;
      taken.add(next);
      return [name, next];
    }),
  );
}

/** What machines report about themselves, as opposed to what the person's script measured. */
export const isSystemMetric = (metric: string) => metric.startsWith(':monitor:');
