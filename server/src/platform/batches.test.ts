import { expect, it } from 'vitest';
import { Batches, type Job } from './batches.ts';

/** Batches whose work ends when the test says so. */
function held(maxItems = 3) {
  const begun: { items: number[]; jobs: readonly Job<number, number>[]; end(error?: Error): void }[] = [];
  const batches = new Batches<number, number>({
    maxItems,
    work: (jobs) =>
      new Promise((resolve, reject) => {
        const end = (error?: Error) => (error ? reject(error) : resolve());
        begun.push({ items: jobs.map(({ item }) => item), jobs, end });
      }),
  });
  return { batches, begun };
}

const soon = () => new Promise((resolve) => setImmediate(resolve));

it('begins at once, and takes together what came meanwhile', async () => {
  const { batches, begun } = held();
  const all = [1, 2, 3, 4, 5].map((item) => batches.add('a', item));
  expect(begun.map(({ items }) => items)).toEqual([[1]]);
  for (let round = 0; round < 3; round++) {
    for (const { item, resolve } of begun.at(-1)?.jobs ?? []) resolve(item * 10);
    begun.at(-1)?.end();
    await soon();
  }
  expect(begun.map(({ items }) => items)).toEqual([[1], [2, 3, 4], [5]]);
  expect(await Promise.all(all)).toEqual([10, 20, 30, 40, 50]);
});

it('keeps no lane waiting for another, and begins an idle one anew', async () => {
  const { batches, begun } = held();
  const slow = batches.add('a', 1);
  void batches.add('b', 2);
  expect(begun.map(({ items }) => items)).toEqual([[1], [2]]);
  begun[0]?.jobs[0]?.resolve(1);
  begun[0]?.end();
  await slow;
  await soon();
  void batches.add('a', 3);
  expect(begun.map(({ items }) => items)).toEqual([[1], [2], [3]]);
});

it('fails what is not settled when work fails, and goes on', async () => {
  const { batches, begun } = held();
  const first = batches.add('a', 1);
  const [settled, failed] = [batches.add('a', 2), batches.add('a', 3)];
  begun[0]?.end(new Error('away'));
  await expect(first).rejects.toThrow('away');
  begun[1]?.jobs[0]?.resolve(20);
  begun[1]?.end(new Error('away again'));
  expect(await settled).toBe(20);
  await expect(failed).rejects.toThrow('away again');
});
