import { existsSync, statSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative, resolve } from 'node:path';
import type { Job } from './executor.ts';
import { TaskProblem } from './problem.ts';
import { checkOutRepository } from './repository.ts';

export interface Source {
  /** Folder of the code. */
  root: string;
  /** Folder the program starts in, at or under `root`. */
  cwd: string;
}

/** `path` under `root`; throws a `TaskProblem` when it leads out of it. */
function inside(root: string, path: string, what: string): string {
  const full = resolve(root, path);
  const way = relative(root, full);
  if (way === '..' || way.startsWith('../') || isAbsolute(way)) {
    throw new TaskProblem(
      `The ${what} "${path}" of the task lies outside of its code`,
      'give a path below the code',
    );
  }
  return full;
}

/** A task without a repository carries its program as text, in the place of a diff. */
async function writeScript(job: Job, root: string): Promise<Source> {
  const { entry_point: entryPoint = '', diff = '' } = job.task.script ?? {};
  if (diff.trim() === '') {
    throw new TaskProblem(
      'The task has no code: neither a repository nor the text of a script',
      'make the task again from a script, or set a repository and an entry point',
    );
  }
  const file = inside(root, entryPoint, 'entry point');
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, `${diff}\n`, { mode: 0o700 });
  return { root, cwd: root };
}

/**
 * Puts the code of the task into its folder. Throws a `TaskProblem` when there is none or it cannot be got.
 */
export async function prepareSource(job: Job, cache: string): Promise<Source> {
  const { script } = job.task;
  const root = join(job.folder, 'code');
  await mkdir(root, { recursive: true });
  if (!script?.entry_point?.trim()) {
    throw new TaskProblem('The task has no entry point', 'set the file that it starts with');
  }
  if (!script.repository?.trim()) return writeScript(job, root);

  const { version_num: commit, tag, branch } = script;
  const revision = { ...(commit && { commit }), ...(tag && { tag }), ...(branch && { branch }) };
  await checkOutRepository(
    { address: script.repository.trim(), revision, diff: script.diff ?? '' },
    { root, task: job.folder, cache },
    job.tools,
  );
  const cwd = inside(root, script.working_dir || '.', 'working directory');
  if (!existsSync(cwd) || !statSync(cwd).isDirectory()) {
    throw new TaskProblem(
      `The working directory "${script.working_dir}" is not in the repository`,
      'correct it in the task, or push the commit that has it',
    );
  }
  return { root, cwd };
}
