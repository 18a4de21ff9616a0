import { expect, test } from 'vitest';
import { createLog } from './log.ts';
import { elsewhere, PeriodicJob } from './periodic.ts';

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
