import { HUES } from '../../../ui/charts/palette.ts';

/** One curve as `events.scalar_metrics_iter_histogram` answers it. `x` is an iteration or epoch milliseconds. */
interface Curve {
  name: string;
  x: number[];
  y: (number | null)[];
}

/** metric -> variant -> curve */
export type Scalars = Record<string, Record<string, Curve>>;

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
