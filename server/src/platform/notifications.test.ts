import { setImmediate as nextTurn } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import { breakNextQuery } from '../../test/broken-query.ts';
import { createTestDatabase, type TestDatabase } from '../../test/database.ts';
import { createLog } from './log.ts';
import { Notifications } from './notifications.ts';

const log = createLog('silent');
let database: TestDatabase;
/** Ends connections and notifies, without a timer. */
let admin: pg.Client;

beforeAll(async () => {
  database = await createTestDatabase();
  admin = new pg.Client({ connectionString: database.url });
  await admin.connect();
});

afterAll(async () => {
  await admin.end();
  await database.close();
});

/** A pool that sets no timers. */
function openPool(): pg.Pool {
  const pool = new pg.Pool({ connectionString: database.url, idleTimeoutMillis: 0 });
  pool.on('connect', (client) => client.on('error', () => {}));
  return pool;
}

test('a connection that dies while it begins to listen is replaced by one', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const pool = openPool();
  const notifications = new Notifications(pool, 'once', log);
  onTestFinished(async () => {
    notifications.close();
    vi.useRealTimers();
    await pool.end();
  });
  await notifications.start();
  const heard: (string | undefined)[] = [];
  notifications.subscribe((payload) => heard.push(payload));

  const listening = breakNextQuery(pool);
  await admin.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE query = 'LISTEN once' AND datname = current_database()`);
  await expect.poll(() => vi.getTimerCount()).toBe(1);
  vi.runAllTimers();
  await expect.poll(() => listening() !== undefined).toBe(true);
  await expect(listening()).rejects.toThrow();
  await nextTurn();
  expect(vi.getTimerCount()).toBe(1);

  vi.runAllTimers();
  await expect.poll(() => heard).toEqual([undefined]);
  expect(pool.totalCount).toBe(1);
  await admin.query(`SELECT pg_notify('once', 'hello'), pg_notify('once', 'bye')`);
  await expect.poll(() => heard).toEqual([undefined, 'hello', 'bye']);
});

test('a connection that comes when all is closed is given back', async () => {
  const pool = openPool();
  const notifications = new Notifications(pool, 'closed', log);
  const starting = notifications.start();
  notifications.close();
  await starting;
  await pool.end();
  expect(pool.totalCount).toBe(0);
});
