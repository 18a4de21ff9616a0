import type { AllEndpoints } from '@arno/protocol/clearml';
import type { Exit } from './command.ts';
import type { Tools } from './tools.ts';

/** A task as the server describes it. */
export type TaskDescription = NonNullable<AllEndpoints['tasks.get_by_id']['response']['task']>;

/** One task to run, whatever it runs in. */
export interface Job {
  id: string;
  task: TaskDescription;
  /** Folder of this task alone; removed after it. */
  folder: string;
  /** Where the task may write its result, in `folder`. */
  resultFile: string;
  /** What the task's own process sees: server, keys, parameters, paths. */
  variables: Record<string, string>;
  tools: Tools;
}

/** A way to run tasks: a process of this machine, a container, a pod. */
export interface Executor {
  /**
   * Prepares and runs the task with its output on the console. Resolves when it has ended; rejects with a `TaskProblem` when
   * it cannot run, with `Interrupted` when the signal ended the preparation.
   */
  run(job: Job): Promise<Exit>;
}
