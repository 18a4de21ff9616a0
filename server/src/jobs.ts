import type { Kysely } from 'kysely';
import { dropOldReceipts, sweepEvents } from './features/events/index.ts';
import { dropOldFileReports, type FileDeletions } from './features/files/index.ts';
import { type LeaseSettings, LeaseWatch, lookEveryMs } from './features/leases/index.ts';
import { dropDeletedMappings } from './features/mappings/index.ts';
import { dropOldSamples, sampleQueues } from './features/queues/index.ts';
import type { CallRetention } from './features/system/index.ts';
import { mergeTaskNames } from './features/tasks/index.ts';
import { dropExpiredWorkers, dropOldStats } from './features/workers/index.ts';
import {
  type Callbacks,
  closeInterruptedCalls,
  countCallsOfDeadServers,
  deleteOldCalls,
  dropOldCounts,
  dropOldKeys,
  mergeTextIndexes,
  rollUpCalls,
} from './gateway/index.ts';
import type { Logger } from './platform/log.ts';
import { exclusively, type JobReport, PeriodicJob, type PeriodicWork } from './platform/periodic.ts';
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
  callRetention: CallRetention;
  /** Files of what was deleted, which go later. */
  deletions: Pick<FileDeletions, 'workOff'>;
  /** Who is told of the end of calls; every replica takes its part. */
  callbacks: Pick<Callbacks, 'work'>;
  /** Follows the tasks of calls on another ClearML server. */
  remote: PeriodicWork | undefined;
}

/** What the roles of the server do by themselves, on one replica at a time. */
export class Jobs {
  readonly #jobs: readonly PeriodicJob[];

  constructor(db: Kysely<DB>, settings: JobSettings, log: Logger) {
    const { roles, remote } = settings;
    const works = [
      ...(roles.has('jobs') ? trackingJobs(db, settings, log) : []),
      // A gateway brings its own along, and may be all that runs.
      ...(roles.has('jobs') || roles.has('gateway') ? callJobs(db, settings) : []),
      ...(roles.has('gateway') && remote ? [remote] : []),
    ];
    this.#jobs = works.map((work) => new PeriodicJob(work, log));
  }

  /** How each has been doing in this process. */
  get reports(): readonly Readonly<JobReport>[] {
    return this.#jobs.map(({ report }) => report);
  }

  start(): void {
    for (const job of this.#jobs) job.start();
  }

  /** Tells all to end soon, and starts none again. */
  halt(): void {
    for (const job of this.#jobs) job.halt();
  }

  async stop(): Promise<void> {
    await Promise.all(this.#jobs.map((job) => job.stop()));
  }
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
    { name: 'task names', everyMs: 10_000, run: () => mergeTaskNames(db) },
    { name: 'deleted events', everyMs: 2000, run: () => sweepEvents(db) },
    { name: 'deleted files', everyMs: 5000, run: () => deletions.workOff(new Date()) },
    { name: 'cleaning', everyMs: 60 * minute, run: () => exclusively(db, locks.cleaning, () => clean(db)) },
  ];
}

/** What the log of calls needs: its statistics and searches are at most this far behind. */
function callJobs(db: Kysely<DB>, { callRetention, callbacks }: JobSettings): PeriodicWork[] {
  const deleteOld = async () => {
    const days = await callRetention.days();
    if (days > 0) await deleteOldCalls(db, new Date(Date.now() - days * day), deletionMs);
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
    { name: 'deleted mappings', everyMs: 60 * minute, run: () => dropDeletedMappings(db) },
    { name: 'old counts', everyMs: 60 * minute, run: () => dropOldCounts(db) },
    { name: 'lost sums of calls', everyMs: 30_000, run: () => countCallsOfDeadServers(db) },
    { name: 'interrupted calls', everyMs: 30_000, run: () => closeInterruptedCalls(db) },
    { name: 'old calls', everyMs: minute, run: () => exclusively(db, locks.oldCalls, deleteOld) },
  ];
}

async function clean(db: Kysely<DB>): Promise<void> {
  await dropOldReceipts(db);
  await dropOldSamples(db);
  await dropOldStats(db);
  await dropExpiredWorkers(db);
  await dropOldFileReports(db);
}
