import type { Arno } from './arno.ts';
import { clearml, type Data, getTask } from './clearml.ts';
import { until } from './wait.ts';

const over = ['completed', 'failed', 'stopped', 'closed', 'published'];

/** Creates a task from a script text, without the SDK, and queues it. */
export async function queueTask(
  arno: Arno,
  task: { name: string; script: object; queue?: string },
): Promise<string> {
  const { id } = await clearml(arno, 'tasks.create', {
    type: 'testing',
    name: task.name,
    script: task.script,
  });
  await clearml(arno, 'tasks.enqueue', { task: id, queue_name: task.queue ?? 'default' });
  return id;
}

/** A script that is stored in the task itself. */
export const bash = (text: string) => ({
  binary: 'bash',
  entry_point: 'task.sh',
  working_dir: '.',
  diff: text,
});
export const pythonScript = (text: string, packages = '') => ({
  binary: 'python3',
  entry_point: 'task.py',
  working_dir: '.',
  diff: text,
  requirements: { pip: packages },
});

/** Waits until a task is over and answers it. */
export function finishedTask(arno: Arno, id: string): Promise<Data> {
  return until(
    `task ${id} is over`,
    async () => {
      const task = await getTask(arno, id);
      return over.includes(task.status) && task;
    },
    // A first task installs its packages from the index.
    280_000,
  );
}
