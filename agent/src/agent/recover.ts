import type { Logger } from 'pino';
import { reasonOf, type Server } from '../server.ts';

const pageSize = 500;

/** Tasks that the server believes to run on this worker. */
async function tasksLeftBehind(server: Server, worker: string, signal: AbortSignal): Promise<string[]> {
  const ids: string[] = [];
  for (let page = 0; ; page++) {
    const { tasks = [] } = await server.insist(
      'tasks.get_all',
      {
        status: ['in_progress'],
        only_fields: ['id', 'last_worker'],
        search_hidden: true,
        page,
        page_size: pageSize,
      },
      signal,
    );
    // The protocol has no filter by worker.
    ids.push(...tasks.flatMap((task) => (task.last_worker === worker && task.id ? [task.id] : [])));
    if (tasks.length < pageSize) return ids;
  }
}

/**
 * Marks as failed what this worker ran when its agent died without a word. Only right for a worker id that is the same
 * after a restart and that no other agent uses.
 */
export async function failTasksLeftBehind(
  server: Server,
  worker: string,
  log: Logger,
  signal: AbortSignal,
): Promise<void> {
  for (const task of await tasksLeftBehind(server, worker, signal)) {
    const status_reason = 'agent restarted';
    const status_message = `The agent ${worker} ended without finishing this task and was started again`;
    try {
      await server.insist('tasks.failed', { task, status_reason, status_message }, signal);
      log.warn({ task }, 'marked a task as failed that an earlier run of this agent left behind');
    } catch (error) {
      log.warn({ task, reason: reasonOf(error) }, 'could not mark a task that an earlier run left behind');
    }
  }
}
