import type { Kysely } from 'kysely';
import type { Scope } from '../../clearml/endpoint.ts';
import { inTransaction } from '../../platform/database.ts';
import type { Logger } from '../../platform/log.ts';
import type { DB } from '../../platform/schema.ts';
import { enqueueTask, findQueue, requeuesLost } from '../queues/index.ts';
import { changeStatus, ended, lockTask, secondsActive, type TaskRow } from '../tasks/index.ts';
import { clearTaskOfWorker } from '../workers/index.ts';
import { findLostTasks, findSilentTasks, type LostSearch, type SilentTask } from './queries.ts';

/** A task that takes its workers down with it must not go round for ever. */
export const maxRequeues = 3;

interface Round {
  now: Date;
  log: Logger;
}

/** Ends the tasks of lost workers: `failed`, or queued again where their queue says so. Answers how many. */
export async function endLostTasks(db: Kysely<DB>, search: LostSearch, { now, log }: Round): Promise<number> {
  const found = await findLostTasks(db, search);
  for (const { worker, ...task } of found) {
    const outcome = await ifStillSilent(db, task, now, (scope, row) => endLost(scope, row, worker));
    if (outcome) log.warn({ task: task.id, worker, outcome }, 'a worker is lost');
  }
  return found.length;
}

async function endLost(scope: Scope, task: TaskRow, worker: string): Promise<'queued again' | 'failed'> {
  const silence = Math.round(
    (scope.now.getTime() - (task.last_worker_report ?? task.last_update).getTime()) / 1000,
  );
  const reason = `worker ${worker} is lost`;
  const message = `Worker ${worker} has not reported for ${silence} s`;
  await clearTaskOfWorker(scope, worker, task.id);
  await changeStatus(scope, task, {
    status: 'failed',
    reason,
    message,
    changes: { active_duration: secondsActive(scope, task) },
  });
  const queueId = await requeueTo(scope, task);
  if (!queueId) return 'failed';
  const lostCount = task.lost_count + 1;
  await enqueueTask(scope, task.id, {
    queueId,
    reason,
    message: `${message}; queued again (${lostCount} of at most ${maxRequeues} times)`,
    lostCount,
  });
  return 'queued again';
}

/** The queue that takes the task back. */
async function requeueTo(scope: Scope, task: TaskRow): Promise<string | undefined> {
  const { queue: id } = task.execution as { queue?: string };
  if (!id || task.lost_count >= maxRequeues) return undefined;
  const queue = await findQueue(scope, id);
  return requeuesLost(queue?.metadata) ? id : undefined;
}

/** The protocol's words for a task that fell silent; the gateway reads them too. */
const nonResponsive = 'Forced stop (non-responsive)';

/** Stops running tasks that gave no sign of life since the deadline, whoever runs them. Answers how many. */
export async function stopSilentTasks(db: Kysely<DB>, deadline: Date, { now, log }: Round): Promise<number> {
  const found = await findSilentTasks(db, deadline);
  for (const task of found) {
    const stopped = await ifStillSilent(db, task, now, (scope, row) =>
      changeStatus(scope, row, {
        status: 'stopped',
        reason: nonResponsive,
        message: nonResponsive,
        changes: ended(scope, row),
      }),
    );
    if (stopped) log.warn({ task: task.id }, 'stopped a task that gave no sign of life');
  }
  return found.length;
}

/** Locks the task and does the work, unless it was heard of since it was found. */
async function ifStillSilent<Result>(
  db: Kysely<DB>,
  { id, company, lastUpdate }: SilentTask,
  now: Date,
  work: (scope: Scope, task: TaskRow) => Promise<Result>,
): Promise<Result | undefined> {
  return inTransaction(db, async (transaction) => {
    const caller = { ...server, company };
    const scope: Scope = { db: transaction, caller, now };
    const task = await lockTask(scope, id).catch(() => undefined);
    if (task?.status !== 'in_progress' || task.last_update.getTime() !== lastUpdate.getTime())
      return undefined;
    return work(scope, task);
  });
}

/** Nobody called: the server acts by itself. Its id stands in `last_changed_by`. */
const server = { userId: '__server__', userName: 'Arno', companyName: '', role: 'admin' } as const;
