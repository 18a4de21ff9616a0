import { setTimeout as sleep } from 'node:timers/promises';
import { ClearmlApiError } from '@arno/protocol/clearml';
import type { Logger } from 'pino';
import { isOutage, reasonOf, type Server } from '../server.ts';
import type { Queue } from './queues.ts';

/** Seconds a long poll may stay open, and the milliseconds after which we no longer believe in its answer. */
const longPollSeconds = 25;
const longPollLimit = 40_000;
/** Between looks at the queues on a server without the long poll, and after an error of ours. */
const pollPause = 5_000;
/** After a wake-up that found nothing, because another agent was faster: keeps a broken server from spinning us. */
const racePause = 250;

/** A task that was taken from a queue; it is now ours alone. */
export interface Taken {
  task: string;
  queue: Queue;
}

/** The first waiting task, looking at the queues in the given order, which is their priority. */
async function takeTask(server: Server, queues: Queue[], signal: AbortSignal): Promise<Taken | undefined> {
  for (const queue of queues) {
    if (signal.aborted) return undefined;
    // No signal here: a task that the server has handed out must not be lost with its answer.
    const { entry } = await server.call('queues.get_next_task', { queue: queue.id });
    if (entry?.task) return { task: entry.task, queue };
  }
  return undefined;
}

/** Waits until a queue has something, by long poll where the server knows it, else for a fixed time. */
function createWaiter(
  server: Server,
  queues: Queue[],
  log: Logger,
  signal: AbortSignal,
): () => Promise<void> {
  const request = { queues: queues.map((queue) => queue.id), timeout: longPollSeconds };
  let longPoll = true;
  return async () => {
    if (!longPoll) return sleep(pollPause * (0.75 + Math.random() / 2), undefined, { signal });
    try {
      const { ready } = await server.call('queues.wait_for_task', request, {
        timeout: longPollLimit,
        signal,
      });
      if (ready) await sleep(Math.random() * racePause, undefined, { signal });
    } catch (error) {
      if (!(error instanceof ClearmlApiError) || error.code !== 404) throw error;
      longPoll = false;
      log.info('this server has no long poll; looking at the queues every 5 s');
    }
  };
}

/** Takes tasks and hands them to `work`, one after the other, until the signal ends it. */
export async function takeTasks(
  server: Server,
  queues: Queue[],
  work: (taken: Taken) => Promise<void>,
  log: Logger,
  signal: AbortSignal,
): Promise<void> {
  const waitForTask = createWaiter(server, queues, log, signal);
  const next = async () => {
    const taken = await takeTask(server, queues, signal);
    if (!taken && !signal.aborted) await waitForTask();
    return taken;
  };
  while (!signal.aborted) {
    try {
      const taken = await server.patiently(next, signal);
      if (taken) await work(taken);
    } catch (error) {
      if (signal.aborted) return;
      log.error(
        { reason: reasonOf(error) },
        isOutage(error) ? 'lost the server' : 'could not take or run a task',
      );
      await sleep(pollPause, undefined, { signal }).catch(() => undefined);
    }
  }
}
