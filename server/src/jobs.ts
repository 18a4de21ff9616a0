import type { Kysely } from 'kysely';
import { dropOldReceipts, sweepEvents } from './features/events/index.ts';
import { dropOldFileReports, type FileDeletions } from './features/files/index.ts';
import { type LeaseSettings, LeaseWatch, lookEveryMs } from './features/leases/index.ts';
import { dropOldSamples, sampleQueues } from './features/queues/index.ts';
import { dropExpiredWorkers, dropOldStats } from './features/workers/index.ts';
import type { Logger } from './platform/log.ts';
import { exclusively, PeriodicJob, type PeriodicWork } from './platform/periodic.ts';
import type { DB } from './platform/schema.ts';

const minute = 60_000;
const locks = { samples: 7_251_541, cleaning: 7_251_542 };

/** Starts what the server does by itself, on one replica at a time; answers how to stop it. */
export function startJobs(
  db: Kysely<DB>,
  deletions: FileDeletions,
  settings: LeaseSettings,
  log: Logger,
): () => Promise<void> {
  const watch = new LeaseWatch(db, settings, log);
  const works: PeriodicWork[] = [
    { name: 'leases', everyMs: lookEveryMs, run: () => watch.look() },
    {
      name: 'queue samples',
      everyMs: minute,
      run: () => exclusively(db, locks.samples, () => sampleQueues(db)),
    },
    { name: 'deleted events', everyMs: 2000, run: () => sweepEvents(db) },
    { name: 'deleted files', everyMs: 5000, run: () => deletions.workOff(new Date()) },
    { name: 'cleaning', everyMs: 60 * minute, run: () => exclusively(db, locks.cleaning, () => clean(db)) },
  ];
  const jobs = works.map((work) => new PeriodicJob(work, log));
  for (const job of jobs) job.start();
  return async () => {
    await Promise.all(jobs.map((job) => job.stop()));
  };
}

async function clean(db: Kysely<DB>): Promise<void> {
  await dropOldReceipts(db);
  await dropOldSamples(db);
  await dropOldStats(db);
  await dropExpiredWorkers(db);
  await dropOldFileReports(db);
}
