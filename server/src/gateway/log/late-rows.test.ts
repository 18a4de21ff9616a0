import { expect, test } from 'vitest';
import { GroupCommit } from './group-commit.ts';
import { LateRows } from './late-rows.ts';

const isRowFault = (error: unknown) => (error as Error).message === 'bad row';

/** Rows for a database that is away as often as `failures` says. */
function lateRows(failures: number, { pausesMs = [1, 2], maxWaitingChars = 100, words = 'away' } = {}) {
  const written: string[] = [];
  let writes = 0;
  const write = async (rows: readonly string[]) => {
    if (++writes <= failures) throw new Error(words);
    written.push(...rows);
  };
  const shared = { sizeOf: (row: string) => row.length, isRowFault, maxWaitingChars };
  const commits = new GroupCommit<string>({ ...shared, write });
  const late = new LateRows<string>({ ...shared, pausesMs });
  let waiting = 0;
  const add = (row: string) =>
    late.write(commits, row, () => {
      waiting++;
    });
  return { late, add, written, writes: () => writes, waiting: () => waiting };
}

/** Longer than any test. */
const never = [1_000_000];

test('a row is written however long the database is away', async () => {
  const { add, written, writes, waiting } = lateRows(16);
  await add('a');
  expect([written, writes(), waiting()]).toEqual([['a'], 17, 1]);
});

test('a row that the database refuses is given up at once', async () => {
  const { add, writes } = lateRows(1, { words: 'bad row' });
  await expect(add('a')).rejects.toThrow('bad row');
  expect(writes()).toBe(1);
});

test('what waits when the server stops is tried once more', async () => {
  const back = lateRows(2, { pausesMs: never });
  const gone = lateRows(10, { pausesMs: never });
  const [saved, lost] = [back.add('a'), gone.add('b')];
  await expect.poll(() => [back.waiting(), gone.waiting()]).toEqual([1, 1]);
  back.late.close();
  gone.late.close();
  await saved;
  await expect(lost).rejects.toThrow('away');
  expect(back.written).toEqual(['a']);
  await expect(gone.add('c')).rejects.toThrow('away');
});

test('when too many wait, the next ones are given up', async () => {
  const { late, add, waiting } = lateRows(1000, { pausesMs: never, maxWaitingChars: 3 });
  const rows = [add('aaa'), add('bbb')];
  await expect.poll(waiting).toBe(2);
  await expect(add('c')).rejects.toThrow('away');
  late.close();
  expect((await Promise.allSettled(rows)).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
});
