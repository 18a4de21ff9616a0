import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, delimiter, join } from 'node:path';
import parseArguments from 'string-argv';
import { type Exit, runCommand } from './command.ts';
import { type Environment, prepareEnvironment } from './environment.ts';
import type { Executor, Job, TaskDescription } from './executor.ts';
import { TaskProblem } from './problem.ts';
import { findPython, isPython } from './python.ts';
import { requirementLines } from './requirements.ts';
import { prepareSource, type Source } from './source.ts';

export interface ProcessExecutorOptions {
  /** Folder of what tasks share: repositories and environments. */
  dir: string;
  /** Interpreter for all tasks; without it each task's own hint is tried first. */
  python?: string;
}

/** The words of the entry point: a file whose name may have spaces, a file with arguments, or `-m module` with arguments. */
function entryWords(script: NonNullable<TaskDescription['script']>, cwd: string): string[] {
  const entryPoint = script.entry_point?.trim() ?? '';
  if (existsSync(join(cwd, entryPoint))) return [entryPoint];
  const words = parseArguments(entryPoint);
  const file = words[0] ?? '';
  if (file === '-m' || existsSync(join(cwd, file))) return words;
  throw new TaskProblem(
    `The entry point "${file}" is not in ${script.working_dir || 'the top folder'} of the code`,
    'correct it in the task, or commit and push the file',
  );
}

/** Required packages: those stored in the task, else those of the repository's own file. */
async function requirementsOf(job: Job, source: Source): Promise<string[]> {
  const stored = job.task.script?.requirements as Record<string, unknown> | undefined;
  if (stored?.conda && !stored.pip) {
    job.tools.console.say(
      'The conda requirements of the task are ignored: this agent installs with pip',
      'warning',
    );
  }
  if (stored?.pip !== undefined || !job.task.script?.repository) return requirementLines(stored?.pip);
  const file = [source.cwd, source.root].map((folder) => join(folder, 'requirements.txt')).find(existsSync);
  if (!file) return [];
  job.tools.console.say('The task stores no requirements; using requirements.txt of the repository');
  return requirementLines(await readFile(file, 'utf8'));
}

/** Variables with which the environment's programs come first. */
function activated(variables: Record<string, string>, environment: Environment): Record<string, string> {
  const bin = join(environment.folder, 'bin');
  return {
    ...variables,
    VIRTUAL_ENV: environment.folder,
    PATH: [bin, variables.PATH].filter(Boolean).join(delimiter),
  };
}

/** Runs tasks as processes of this machine, under the agent's own user. */
export function createProcessExecutor(options: ProcessExecutorOptions): Executor {
  async function start(
    job: Job,
    source: Source,
    words: string[],
    env: Record<string, string>,
  ): Promise<Exit> {
    const [program = '', ...args] = words;
    const { console, signal } = job.tools;
    console.say(`Starting ${[basename(program), ...args].join(' ')}`);
    const exit = await runCommand(program, args, {
      cwd: source.cwd,
      env,
      signal,
      onOutput: (output, chunk) => console.accept(output, chunk),
    });
    if (!exit.startError) return exit;
    throw new TaskProblem(
      `The program ${program} could not be started on the machine of this agent (${exit.startError.code})`,
      'install it there, or correct script.binary of the task',
    );
  }

  async function runPython(job: Job, source: Source, hint: string, words: string[]): Promise<Exit> {
    const python = await findPython(hint, options.python, job.tools);
    const request = {
      python,
      requirements: await requirementsOf(job, source),
      cache: join(options.dir, 'environments'),
      taskFolder: job.folder,
      cwd: source.cwd,
      taskId: job.id,
    };
    const environment = await prepareEnvironment(request, job.tools);
    try {
      const paths = [source.cwd, source.root, job.variables.PYTHONPATH].filter(Boolean);
      const env = {
        ...activated(job.variables, environment),
        PYTHONPATH: [...new Set(paths)].join(delimiter),
        PYTHONUNBUFFERED: '1',
        PYTHONIOENCODING: 'utf-8',
      };
      return await start(job, source, [environment.python, '-u', ...words], env);
    } finally {
      await environment.release();
    }
  }

  return {
    async run(job) {
      const image = job.task.container?.image;
      if (image) {
        job.tools.console.say(
          `Container image ${image} is ignored: this agent runs tasks as processes`,
          'warning',
        );
      }
      const source = await prepareSource(job, join(options.dir, 'repositories'));
      const script = job.task.script ?? {};
      const [program = '', ...flags] = parseArguments(script.binary ?? '');
      const words = [...flags, ...entryWords(script, source.cwd)];
      return isPython(program)
        ? runPython(job, source, program, words)
        : start(job, source, [program, ...words], job.variables);
    },
  };
}
