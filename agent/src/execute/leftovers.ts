import { readdir, readFile, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Logger } from 'pino';

/** Names what belongs to this run of the agent, in names of files that it may leave when it is killed. */
export const owner = `${hostname()}-${process.pid}`;

/** Whether the agent of this name may still run. Of another machine or container that shares the folder we cannot know. */
export function ownerMayLive(name: string): boolean {
  const split = name.lastIndexOf('-');
  if (name.slice(0, split) !== hostname()) return true;
  try {
    process.kill(Number(name.slice(split + 1)), 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Kills processes that were started with a variable that points into the folder. Only Linux shows them. */
async function killProcessesOf(folder: string): Promise<void> {
  const ids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name));
  for (const id of ids) {
    const environment = await readFile(join('/proc', id, 'environ'), 'utf8').catch(() => '');
    if (!environment.split('\0').some((entry) => entry === `ARNO_RESULT_FILE=${join(folder, 'result.json')}`))
      continue;
    try {
      process.kill(Number(id), 'SIGKILL');
    } catch {
      // It has ended in the meantime.
    }
  }
}

/** Folders of tasks are called `<task>~<owner>~<random>`. */
export const taskFolderPrefix = (task: string) => `${task}~${owner}~`;

/** Ends and removes what agents left that were killed: their tasks' processes and folders. */
export async function sweepLeftovers(tasks: string, log: Logger): Promise<void> {
  for (const name of await readdir(tasks).catch(() => [])) {
    const [task, of] = name.split('~');
    if (!of || (of !== owner && ownerMayLive(of))) continue;
    log.warn({ task }, 'removing what a killed agent left of a task');
    await killProcessesOf(join(tasks, name));
    await rm(join(tasks, name), { recursive: true, force: true });
  }
}
