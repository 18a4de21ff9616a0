import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase } from '../../test/database.ts';
import type { Database } from './database.ts';

let database: Database;

beforeAll(async () => {
  database = await createTestDatabase();
});

afterAll(() => database.close());

test('a connection that PostgreSQL ends between two statements of a transaction fails that transaction only', async () => {
  const { db } = database;
  const transaction = db.transaction().execute(async (held) => {
    const { rows } = await sql<{ pid: number }>`SELECT pg_backend_pid() AS pid`.execute(held);
    await sql`SELECT pg_terminate_backend(${rows[0]?.pid})`.execute(db);
    // Time for the end to arrive while no statement runs.
    await new Promise((resolve) => setTimeout(resolve, 100));
    await sql`SELECT 1`.execute(held);
  });
  await expect(transaction).rejects.toThrow();
  expect((await sql<{ one: number }>`SELECT 1 AS one`.execute(db)).rows).toEqual([{ one: 1 }]);
});
