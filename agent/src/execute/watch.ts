import { setTimeout as sleep } from 'node:timers/promises';
import { isOutage, type Server } from '../server.ts';

/** An abort is to be noticed within 5 s. */
const lookEvery = 2_000;
const lookLimit = 10_000;

/** What a person has done to a task while it ran. */
export type Ending =
  /** Asked to stop: it is on us to say when it did. */
  | { kind: 'stopping' }
  /** Already in another state, which stays: stopped, reset, queued again, published, deleted … */
  | { kind: 'taken away'; status: string };

export interface TaskState {
  status: string;
  message: string;
}

/** Present state of the task; `deleted` when it is gone. One attempt. */
export async function readState(server: Server, task: string, signal: AbortSignal): Promise<TaskState> {
  const request = { id: [task], only_fields: ['status', 'status_message'], search_hidden: true };
  const { tasks = [] } = await server.call('tasks.get_all', request, { timeout: lookLimit, signal });
  return { status: tasks[0]?.status ?? 'deleted', message: tasks[0]?.status_message ?? '' };
}

/** `completed` is not among them: a program may say so itself and go on to tidy up. */
const endedStates = new Set([
  'stopped',
  'closed',
  'failed',
  'published',
  'publishing',
  'created',
  'queued',
  'deleted',
]);

/** Looks at the task until somebody ends it; undefined when the signal ends the watch. Outages are waited out. */
export async function watchForEnding(
  server: Server,
  task: string,
  signal: AbortSignal,
): Promise<Ending | undefined> {
  while (!signal.aborted) {
    try {
      await sleep(lookEvery, undefined, { signal });
      const { status, message } = await readState(server, task, signal);
      if (endedStates.has(status)) return { kind: 'taken away', status };
      if (status === 'in_progress' && message === 'stopping') return { kind: 'stopping' };
    } catch (error) {
      // Whatever is wrong with the server, the task itself goes on.
      if (!signal.aborted && !isOutage(error))
        await sleep(lookEvery, undefined, { signal }).catch(() => undefined);
    }
  }
  return undefined;
}
