import { expect, test, vi } from 'vitest';
import { GroupCommit } from './group-commit.ts';

/** A writer whose writes end when the test says so. */
function heldWriter(isRowFault = (_error: unknown) => false) {
  const writes: { rows: string[]; end(error?: Error): void }[] = [];
  const log = new GroupCommit<string>({
    sizeOf: (row) => row.length,
    isRowFault,
    maxWaitingChars: 100,
    write: (rows) =>
      new Promise((resolve, reject) => {
        writes.push({ rows: [...rows], end: (error) => (error ? reject(error) : resolve()) });
      }),
  });
  return { log, writes, rows: () => writes.map(({ rows }) => rows) };
}

/** A writer that refuses rows that say so. */
function pickyWriter() {
  const written: string[] = [];
  let writes = 0;
  const log = new GroupCommit<string>({
    sizeOf: (row) => row.length,
    isRowFault: (error) => (error as Error).message === 'bad row',
    maxWaitingChars: 1_000_000,
    async write(rows) {
      writes++;
      await Promise.resolve();
      if (rows.some((row) => row.startsWith('bad'))) throw new Error('bad row');
      written.push(...rows);
    },
  });
  return { log, written, writeCount: () => writes };
}

test('the first row is written at once, those that come meanwhile go together', async () => {
  const { log, writes, rows } = heldWriter();
  const first = log.add('a');
  expect(rows()).toEqual([['a']]);
  const others = [log.add('b'), log.add('c')];
  expect(rows()).toEqual([['a']]);
  writes[0]?.end();
  await first;
  await expect.poll(rows).toEqual([['a'], ['b', 'c']]);
  const last = log.add('d');
  writes[1]?.end();
  await Promise.all(others);
  await expect.poll(rows).toEqual([['a'], ['b', 'c'], ['d']]);
  writes[2]?.end();
  await last;
  const again = log.add('e');
  await expect.poll(() => rows().at(-1)).toEqual(['e']);
  writes[3]?.end();
  await again;
});

test('a row that comes in the very moment in which a write ends is written too', async () => {
  const { log, written } = pickyWriter();
  for (let n = 0; n < 50; n++) await log.add(`${n}`).then(() => log.add(`after ${n}`));
  expect(written).toHaveLength(100);
});

test('rows that cannot be written fail alone', async () => {
  const { log, written, writeCount } = pickyWriter();
  const rows = Array.from({ length: 100 }, (_, n) => (n === 17 || n === 60 ? `bad ${n}` : `${n}`));
  const results = await Promise.allSettled(rows.map((row) => log.add(row)));
  const failed = results.flatMap(({ status }, index) => (status === 'rejected' ? [index] : []));
  expect(failed).toEqual([17, 60]);
  expect(written.toSorted()).toEqual(rows.filter((row) => !row.startsWith('bad')).toSorted());
  expect(writeCount()).toBeLessThan(40);
});

test('what is wrong with the database is tried twice, and then fails the rows of that write', async () => {
  const { log, writes, rows } = heldWriter();
  const [first, second] = [log.add('a'), log.add('b')];
  writes[0]?.end(new Error('the connection broke'));
  await expect.poll(rows).toEqual([['a'], ['a']]);
  writes[1]?.end();
  await first;
  await expect.poll(rows).toEqual([['a'], ['a'], ['b']]);
  writes[2]?.end(new Error('still down'));
  await expect.poll(() => writes.length).toBe(4);
  writes[3]?.end(new Error('down for good'));
  await expect(second).rejects.toThrow('down for good');
});

test('a write that took long before it failed is not tried again', async () => {
  const { log, writes } = heldWriter();
  const clock = vi.spyOn(performance, 'now').mockReturnValue(0);
  const row = log.add('a');
  clock.mockReturnValue(15_000);
  writes[0]?.end(new Error('no answer'));
  await expect(row).rejects.toThrow('no answer');
  clock.mockRestore();
  expect(writes.length).toBe(1);
});

test('it says when more waits than may, and waits for all at its end', async () => {
  const { log, writes } = heldWriter();
  const rows = [log.add('x'.repeat(60)), log.add('y'.repeat(60))];
  expect(log.isFull).toBe(true);
  const closed = log.close();
  for (const index of [0, 1]) {
    await expect.poll(() => writes.length).toBe(index + 1);
    writes[index]?.end();
    await rows[index];
  }
  await closed;
  expect(log.isFull).toBe(false);
});

test('rows wait a moment for others that are expected, and no longer', async () => {
  let expected = 4;
  const writes: string[][] = [];
  const log = new GroupCommit<string>({
    ...{ sizeOf: (row) => row.length, isRowFault: () => false, maxWaitingChars: 100 },
    expected: () => expected,
    write: async (rows) => void writes.push([...rows]),
  });
  const first = log.add('a');
  expect(writes).toEqual([]);
  await Promise.all([first, log.add('b')]);
  expect(writes).toEqual([['a', 'b']]);
  expected = 100;
  await log.add('c');
  expect(writes.at(-1)).toEqual(['c']);
  await log.close();
});
