/** One number of a benchmark. The name is a key of the JSON and stays the same, so that runs can be compared. */
export interface Figure {
  name: string;
  value: number;
  /** Unit and meaning, for people. */
  meaning: string;
}

/** Seconds that `work` took. */
export async function seconds(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
}

export function median(values: number[]): number {
  return percentile(values, 0.5);
}

/** @param share such as 0.95 for what 95 of 100 values are at most */
export function percentile(values: number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const value = sorted[Math.floor(sorted.length * share)];
  if (value === undefined) throw new Error('no values');
  return value;
}

/** Runs `work` for each index below `count`, `width` at a time. */
export async function inParallel(count: number, width: number, work: (index: number) => Promise<unknown>) {
  let next = 0;
  const lanes = Array.from({ length: width }, async () => {
    while (next < count) await work(next++);
  });
  await Promise.all(lanes);
}

/**
 * Measures again and again, after once to warm up, and tells the median of each number.
 *
 * @param meanings of the numbers, by name; they stand in this order
 */
export async function inRounds<Name extends string>(
  rounds: number,
  meanings: Readonly<Record<Name, string>>,
  measure: () => Promise<Readonly<Record<Name, number>>>,
): Promise<Figure[]> {
  await measure();
  const results: Readonly<Record<Name, number>>[] = [];
  for (let round = 0; round < rounds; round++) results.push(await measure());
  return Object.entries<string>(meanings).map(([name, meaning]) => ({
    name,
    value: median(results.map((result) => result[name as Name])),
    meaning,
  }));
}
