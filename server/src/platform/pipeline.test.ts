import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { createTestDatabase } from '../../test/database.ts';
import { pipelined } from './pipeline.ts';

let database: Awaited<ReturnType<typeof createTestDatabase>>;
beforeAll(async () => {
  database = await createTestDatabase();
  await sql`CREATE TABLE numbers (number integer PRIMARY KEY)`.execute(database.db);
});
beforeEach(async () => {
  await sql`DELETE FROM numbers`.execute(database.db);
});
afterAll(() => database.close());

const insert = (number: number) => sql`INSERT INTO numbers VALUES (${number}) RETURNING number`;
const all = sql`SELECT number FROM numbers ORDER BY number`;

/** A row of one integer, as COPY reads it. */
function row(number: number): Buffer {
  const bytes = Buffer.alloc(10);
  bytes.writeInt16BE(1, 0);
  bytes.writeInt32BE(4, 2);
  bytes.writeInt32BE(number, 6);
  return bytes;
}

const copy = (...numbers: number[]) => ({ table: 'numbers (number)', rows: Buffer.concat(numbers.map(row)) });

async function stored(): Promise<number[]> {
  const { rows } = await sql<{ number: number }>`${all}`.execute(database.db);
  return rows.map(({ number }) => number);
}

it('answers the rows of each statement, and repeats statements', async () => {
  for (const first of [1, 10]) {
    const found = await pipelined(database.db, [
      insert(first),
      copy(first + 1, first + 2),
      all,
      insert(first + 3),
    ]);
    expect(found[0]).toEqual([{ number: first }]);
    expect(found[1]).toEqual([]);
    expect(found[2]).toHaveLength(first === 1 ? 3 : 7);
    expect(found[3]).toEqual([{ number: first + 3 }]);
  }
  expect(await pipelined(database.db, [])).toEqual([]);
});

it('undoes all statements when one fails, and the connection goes on', async () => {
  await database.db.connection().execute(async (db) => {
    const wrong = sql`SELECT ${1}::integer FROM nowhere`;
    await expect(pipelined(db, [insert(1), wrong, sql`SELECT ${'never parsed'}::text`])).rejects.toThrow(
      'nowhere',
    );
    await expect(pipelined(db, [insert(1), copy(2, 1), insert(3)])).rejects.toThrow('numbers_pkey');
    await expect(pipelined(db, [wrong])).rejects.toThrow('nowhere');
    expect(await pipelined(db, [sql`SELECT ${'never parsed'}::text AS text`])).toEqual([
      [{ text: 'never parsed' }],
    ]);
    expect(await pipelined(db, [sql`SELECT ${'never parsed'}::text`])).toEqual([[{ text: 'never parsed' }]]);
  });
  expect(await stored()).toEqual([]);
});

it('is part of a transaction that was begun', async () => {
  await database.db.connection().execute(async (db) => {
    await pipelined(db, [sql`BEGIN`, insert(1)]);
    await pipelined(db, [copy(2), sql`ROLLBACK`]);
    await pipelined(db, [sql`BEGIN`, insert(3)]);
    await pipelined(db, [copy(4), sql`COMMIT`]);
  });
  expect(await stored()).toEqual([3, 4]);
});
