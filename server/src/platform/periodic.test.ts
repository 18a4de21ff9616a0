import type pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../test/database.ts';
import { createLog } from './log.ts';
import { elsewhere, exclusively, PeriodicJob } from './periodic.ts';

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
});

afterAll(() => database.close());

test('a job tells how it has been doing', async () => {
  const answers = [
    async () => undefined,
    async () => elsewhere,
    async () => {
      throw new Error('out of order');
    },
  ];
  let run = 0;
  const job = new PeriodicJob(
    { name: 'test', everyMs: 1, run: () => (answers[run++] ?? (async () => undefined))() },
    createLog('silent'),
  );
  expect(job.report).toEqual({ name: 'test', everyMs: 1, runs: 0, failures: 0, isRunning: false });
  job.start();
  const outcomes = new Set<string>();
  await expect
    .poll(
      () => {
        const { last } = job.report;
        if (last) outcomes.add(last.outcome);
        return job.report.runs;
      },
      { interval: 0 },
    )
    .toBeGreaterThan(4);
  await job.stop();
  expect(job.report).toMatchObject({
    failures: 1,
    lastFailure: { error: 'out of order', at: expect.any(Date) },
  });
  expect(job.report.last).toMatchObject({
    outcome: 'ok',
    at: expect.any(Date),
    durationMs: expect.any(Number),
  });
});

test('a run hears that its job is to end, and is waited for', async () => {
  let ending: AbortSignal | undefined;
  let isOver = false;
  const job = new PeriodicJob(
    {
      name: 'test',
      everyMs: 1,
      run: async (signal) => {
        ending = signal;
        await new Promise((resolve) => signal?.addEventListener('abort', resolve));
        isOver = true;
      },
    },
    createLog('silent'),
  );
  job.start();
  await expect.poll(() => ending?.aborted).toBe(false);
  await job.stop();
  expect(ending?.aborted).toBe(true);
  expect(isOver).toBe(true);
  expect(job.report.runs).toBe(1);
});

test('work is done on one replica at a time, however long it takes', async () => {
  const { db, pool } = database;
  const connected = new Promise<pg.PoolClient>((resolve) => pool.once('acquire', resolve));
  let limit: unknown;
  let other: unknown;
  await exclusively(db, 1, async () => {
    // PostgreSQL ends a transaction, and its lock with it, that is idle for longer than this.
    const { rows } = await (await connected).query('SHOW idle_in_transaction_session_timeout');
    limit = rows[0];
    other = await exclusively(db, 1, async () => expect.unreachable());
  });
  expect(limit).toEqual({ idle_in_transaction_session_timeout: '0' });
  expect(other).toBe(elsewhere);
});
