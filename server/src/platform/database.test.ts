import { Socket } from 'node:net';
import { sql } from 'kysely';
import pg from 'pg';
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../test/database.ts';
import { isDatabaseAway, openDatabase } from './database.ts';

let database: TestDatabase;

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

test('a connection notices that its peer vanished, also when it only listens', async () => {
  const keepAlive = vi.spyOn(Socket.prototype, 'setKeepAlive');
  onTestFinished(() => keepAlive.mockRestore());
  const own = openDatabase(database.url, () => {});
  await own.pool.query('SELECT 1');
  await own.close();
  expect(keepAlive).toHaveBeenCalledWith(true, 30_000);
});

test('a database that is away, or did not answer in time, is told from one that says no', async () => {
  const { url, db } = database;
  const reasonOf = (work: Promise<unknown>) =>
    work.then(
      () => expect.unreachable(),
      (error) => error,
    );
  const refusing = new pg.Pool({ connectionString: 'postgres://127.0.0.1:1/none' });
  const tiny = new pg.Pool({ connectionString: url, max: 1 });
  const only = await tiny.connect();
  // Only now: to open a connection may take longer.
  tiny.options.connectionTimeoutMillis = 20;
  const silent = { text: 'SELECT pg_sleep(10)', query_timeout: 20 };
  const away = [
    await reasonOf(refusing.query('SELECT 1')),
    await reasonOf(tiny.query('SELECT 1')),
    await reasonOf(only.query(silent)),
    await reasonOf(sql`SELECT pg_terminate_backend(pg_backend_pid())`.execute(db)),
    await reasonOf(sql`DO $$ BEGIN RAISE lock_not_available; END $$`.execute(db)),
    await reasonOf(sql`DO $$ BEGIN RAISE query_canceled; END $$`.execute(db)),
    await reasonOf(sql`DO $$ BEGIN RAISE too_many_connections; END $$`.execute(db)),
  ];
  only.release(true);
  await Promise.all([refusing.end(), tiny.end()]);
  expect(away.map((error) => [String(error), isDatabaseAway(error)])).toEqual(
    away.map((error) => [String(error), true]),
  );
  const refused = [
    await reasonOf(sql`SELECT 1 / 0`.execute(db)),
    await reasonOf(sql`SELECT * FROM nowhere`.execute(db)),
    new Error('something else'),
    'nothing',
  ];
  expect(refused.map(isDatabaseAway)).toEqual([false, false, false, false]);
});
