import { setImmediate as nextTurn } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import { breakNextQuery } from '../../test/broken-query.ts';
import { createTestDatabase, type TestDatabase } from '../../test/database.ts';
import { createLog } from './log.ts';
import { livingServers, Presence } from './presence.ts';

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
});

afterAll(() => database.close());

test('a connection that dies while it takes the lock is replaced by one', async () => {
  const admin = new pg.Client({ connectionString: database.url });
  await admin.connect();
  // Neither sets timers.
  const pool = new pg.Pool({ connectionString: database.url, idleTimeoutMillis: 0 });
  pool.on('connect', (client) => client.on('error', () => {}));
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const presence = new Presence(pool, createLog('silent'));
  onTestFinished(async () => {
    presence.close();
    vi.useRealTimers();
    await pool.end();
    await admin.end();
  });
  await presence.start();

  const asking = breakNextQuery(pool);
  await admin.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE query LIKE 'SELECT pg_advisory_lock%' AND datname = current_database()`);
  await expect.poll(() => vi.getTimerCount()).toBe(1);
  vi.runAllTimers();
  await expect.poll(() => asking() !== undefined).toBe(true);
  await expect(asking()).rejects.toThrow();
  await nextTurn();
  expect(vi.getTimerCount()).toBe(1);

  vi.runAllTimers();
  vi.useRealTimers();
  await expect
    .poll(async () => (await livingServers(database.db)).map(({ number }) => number))
    .toEqual([presence.number]);
  expect(pool.totalCount).toBe(1);
});
