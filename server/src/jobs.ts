import type { Kysely } from 'kysely';
import { dropOldReceipts, sweepEvents } from './features/events/index.ts';
import { dropOldFileReports, type FileDeletions } from './features/files/index.ts';
import { type LeaseSettings, LeaseWatch, lookEveryMs } from './features/leases/index.ts';
import { dropOldSamples, sampleQueues } from './features/queues/index.ts';
import { dropExpiredWorkers, dropOldStats } from './features/workers/index.ts';
import {
  type Callbacks,
  closeInterruptedCalls,
  deleteOldCalls,
  dropOldCounts,
  dropOldKeys,
  mergeTextIndexes,
  rollUpCalls,
} from './gateway/index.ts';
import type { Logger } from './platform/log.ts';
import { exclusively, PeriodicJob, type PeriodicWork } from './platform/periodic.ts';
import type { DB } from './platform/schema.ts';
import type { Roles } from './roles.ts';

const minute = 60_000;
const day = 24 * 60 * minute;
const locks = { samples: 7_251_541, cleaning: 7_251_542, calls: 7_251_545, oldCalls: 7_251_546 };
/** How long one run deletes old calls. */
const deletionMs = 20_000;

export interface JobSettings {
  roles: Roles;
  leases: LeaseSettings;
  /** Days that the log of calls keeps; 0 keeps all. */
  callRetentionDays: number;
  /** Files of what was deleted, which go later. */
  deletions: Pick<FileDeletions, 'workOff'>;
  /** Who is told of the end of calls; every replica takes its part. */
  callbacks: Pick<Callbacks, 'work'>;
  /** Follows the tasks of calls on another ClearML server. */
  remote: PeriodicWork | undefined;
}

/** Starts what the roles of the server do by themselves, on one replica at a time; answers how to stop it. */
export function startJobs(db: Kysely<DB>, settings: JobSettings, log: Logger): () => Promise<void> {
  const { roles, remote } = settings;
  const works = [
    ...(roles.has('jobs') ? trackingJobs(db, settings, log) : []),
    // A gateway brings its own along, and may be all that runs.
    ...(roles.has('jobs') || roles.has('gateway') ? callJobs(db, settings) : []),
    ...(roles.has('gateway') && remote ? [remote] : []),
  ];
  const jobs = works.map((work) => new PeriodicJob(work, log));
  for (const job of jobs) job.start();
  return async () => {
    await Promise.all(jobs.map((job) => job.stop()));
  };
}

/** What tasks, queues and workers need. */
function trackingJobs(db: Kysely<DB>, { leases, deletions }: JobSettings, log: Logger): PeriodicWork[] {
  const watch = new LeaseWatch(db, leases, log);
  return [
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
}

/** What the log of calls needs: its statistics and searches are at most this far behind. */
function callJobs(db: Kysely<DB>, { callRetentionDays, callbacks }: JobSettings): PeriodicWork[] {
  const retention = callRetentionDays * day;
  const deleteOld = async () => {
    await deleteOldCalls(db, new Date(Date.now() - retention), deletionMs);
  };
  return [
    {
      name: 'call statistics',
      everyMs: 1000,
      run: () => exclusively(db, locks.calls, () => rollUpCalls(db)),
    },
    { name: 'call texts', everyMs: 10_000, run: () => mergeTextIndexes(db) },
    { name: 'callbacks', everyMs: 1000, run: () => callbacks.work() },
    { name: 'old idempotency keys', everyMs: 60 * minute, run: () => dropOldKeys(db) },
    { name: 'old counts', everyMs: 60 * minute, run: () => dropOldCounts(db) },
    { name: 'interrupted calls', everyMs: 30_000, run: () => closeInterruptedCalls(db) },
    ...(retention > 0
      ? [{ name: 'old calls', everyMs: minute, run: () => exclusively(db, locks.oldCalls, deleteOld) }]
      : []),
  ];
}

async function clean(db: Kysely<DB>): Promise<void> {
  await dropOldReceipts(db);
  await dropOldSamples(db);
  await dropOldStats(db);
  await dropExpiredWorkers(db);
  await dropOldFileReports(db);
}
