import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTestDatabase } from '../../test/database.ts';
import { inTransaction, json } from '../platform/database.ts';
import type { Scope } from './endpoint.ts';
import { ClearmlError } from './errors.ts';
import { forEachId } from './many.ts';

let database: Awaited<ReturnType<typeof createTestDatabase>>;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

/** Writes a row for each id and then does what `after` says. */
function writeEach(ids: string[], after: (id: string, scope: Scope) => unknown) {
  return inTransaction(database.db, async (db) => {
    const scope = { db, now: new Date() } as unknown as Scope;
    return forEachId(scope, ids, async (id) => {
      await db
        .insertInto('settings')
        .values({ key: id, value: json(1) })
        .execute();
      await after(id, scope);
      return { done: true };
    });
  });
}

async function written(prefix: string): Promise<string[]> {
  const rows = await database.db.selectFrom('settings').select('key').orderBy('key').execute();
  return rows.map(({ key }) => key).filter((key) => key.startsWith(prefix));
}

it('answers each item, and a refused one leaves no trace and takes nothing from the others', async () => {
  const answer = await writeEach(['a1', 'a2', 'a1', 'a3'], (id) => {
    if (id === 'a2') throw new ClearmlError('invalid_task_id', `id=${id}`, { id });
  });
  expect(answer).toEqual({
    succeeded: [
      { id: 'a1', done: true },
      { id: 'a3', done: true },
    ],
    failed: [{ id: 'a2', error: { codes: [400, 101], msg: 'Invalid task id: id=a2', data: { id: 'a2' } } }],
  });
  expect(await written('a')).toEqual(['a1', 'a3']);
});

it('goes on after a statement that PostgreSQL refused because of the request', async () => {
  const answer = await writeEach(['b1', 'b2'], async (id, { db }) => {
    if (id === 'b1')
      await db
        .insertInto('settings')
        .values({ key: 'b1', value: json(2) })
        .execute();
  });
  expect(answer.failed.map(({ error }) => error.codes)).toEqual([[400, 801]]);
  expect(await written('b')).toEqual(['b2']);
});

it('undoes everything when the server itself failed', async () => {
  const failing = writeEach(['c1', 'c2'], (id) => {
    if (id === 'c2') throw new Error('broken');
  });
  await expect(failing).rejects.toThrow('broken');
  expect(await written('c')).toEqual([]);
});

it('refuses more items than a transaction should hold', async () => {
  const ids = Array.from({ length: 10_001 }, (_, index) => `d${index}`);
  await expect(writeEach(ids, () => undefined)).rejects.toThrow('at most 10000');
});
