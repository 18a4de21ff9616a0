import { mkdir, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { tryLock, withLock } from '../lock.ts';
import { owner, ownerMayLive } from './leftovers.ts';
import { TaskProblem } from './problem.ts';
import type { Python } from './python.ts';
import { environmentKey, failedPackage, isLocal } from './requirements.ts';
import { readTool, runTool, type Tools } from './tools.ts';

const createLimit = 5 * 60_000;
const installLimit = 60 * 60_000;
/** Environments that are kept; those in use are kept beyond that. */
const kept = 20;

export interface Environment {
  /** Folder of the virtual environment. */
  folder: string;
  python: string;
  /** Says that the task no longer needs it. */
  release: () => Promise<void>;
}

export interface EnvironmentRequest {
  python: Python;
  requirements: string[];
  /** Folder of the kept environments. */
  cache: string;
  /** Folder of the task alone, for an environment that cannot be shared. */
  taskFolder: string;
  /** Relative paths in the requirements start here. */
  cwd: string;
  taskId: string;
}

const venvPython = (folder: string) => join(folder, 'venv', 'bin', 'python');

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

async function hasUv(tools: Tools): Promise<boolean> {
  return (await readTool('uv', ['--version'], '/', 10_000, tools)).code === 0;
}

async function createVenv(
  folder: string,
  request: EnvironmentRequest,
  uv: boolean,
  tools: Tools,
): Promise<void> {
  const { python, requirements } = request;
  const target = join(folder, 'venv');
  // Without packages nothing but the interpreter is needed: neither pip nor a package index.
  const own = ['-m', 'venv', ...(requirements.length === 0 ? ['--without-pip'] : []), target];
  const exit = uv
    ? await runTool(
        'uv',
        ['venv', '--quiet', '--python', python.path, target],
        request.cwd,
        createLimit,
        tools,
      )
    : await runTool(python.path, own, request.cwd, createLimit, tools);
  if (exit.code === 0) return;
  const lacking = /ensurepip|No module named venv/.test(exit.output);
  throw new TaskProblem(
    `A Python environment could not be created with ${python.path}`,
    lacking
      ? 'its venv module is not complete; install it (Debian and Ubuntu: apt install python3-venv) or install uv'
      : 'see the lines below',
  );
}

async function install(
  folder: string,
  request: EnvironmentRequest,
  uv: boolean,
  tools: Tools,
): Promise<void> {
  const file = join(folder, 'requirements.txt');
  await writeFile(file, `${request.requirements.join('\n')}\n`);
  const python = venvPython(folder);
  const exit = uv
    ? await runTool(
        'uv',
        ['pip', 'install', '--python', python, '-r', file],
        request.cwd,
        installLimit,
        tools,
      )
    : await runTool(
        python,
        [
          '-m',
          'pip',
          'install',
          '--no-input',
          '--disable-pip-version-check',
          '--progress-bar',
          'off',
          '-r',
          file,
        ],
        request.cwd,
        installLimit,
        tools,
      );
  if (exit.code === 0) return;
  const name = failedPackage(exit.output);
  throw new TaskProblem(
    name
      ? `The package ${name} that the task requires could not be installed`
      : 'A package that the task requires could not be installed',
    exit.timedOut
      ? `the installation took longer than ${installLimit / 60_000} minutes`
      : 'correct the requirements of the task, or see that the machine of this agent reaches the package index',
  );
}

async function build(folder: string, request: EnvironmentRequest, tools: Tools): Promise<void> {
  const { requirements, python } = request;
  const started = Date.now();
  const uv = requirements.length > 0 && (await hasUv(tools));
  tools.console.say(
    requirements.length === 0
      ? `Creating an environment with Python ${python.version}; the task requires no packages`
      : `Creating an environment with Python ${python.version} and the required packages (${requirements.length})`,
  );
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await createVenv(folder, request, uv, tools);
  if (requirements.length > 0) await install(folder, request, uv, tools);
  tools.console.say(`Environment ready after ${((Date.now() - started) / 1000).toFixed(1)} s`);
}

/** Removes what was not used for the longest time; leaves what a task uses or somebody builds. */
async function evict(cache: string): Promise<void> {
  const folders = (await readdir(cache)).filter((name) => !name.endsWith('.lock'));
  const found = await Promise.all(
    folders.map(async (name) => {
      const folder = join(cache, name);
      const used = await stat(join(folder, 'ready')).catch(() => undefined);
      return { folder, used: used?.mtimeMs ?? 0 };
    }),
  );
  const oldest = found.sort((a, b) => b.used - a.used).slice(kept);
  for (const { folder } of oldest) {
    const release = await tryLock(folder);
    if (!release) continue;
    const notes = await readdir(join(folder, 'users')).catch(() => []);
    if (!notes.some((name) => ownerMayLive(name.split('~')[0] ?? '')))
      await rm(folder, { recursive: true, force: true });
    await release().catch(() => undefined);
  }
}

/**
 * A virtual environment with the required packages: one that was built before for the same packages and the same Python, or a
 * new one. Agents of this machine build it once between them. Throws a `TaskProblem` when it cannot be built.
 */
export async function prepareEnvironment(request: EnvironmentRequest, tools: Tools): Promise<Environment> {
  const { requirements, cache, taskFolder } = request;
  if (requirements.some(isLocal)) {
    const folder = join(taskFolder, 'environment');
    await build(folder, request, tools);
    return { folder: join(folder, 'venv'), python: venvPython(folder), release: async () => undefined };
  }
  const folder = join(cache, environmentKey(requirements, request.python));
  const note = join(folder, 'users', `${owner}~${request.taskId}`);
  await withLock(folder, tools.signal, async () => {
    const ready = join(folder, 'ready');
    if (await exists(ready)) tools.console.say('Using an environment that was built before');
    else await build(folder, request, tools);
    await writeFile(ready, '');
    await utimes(ready, new Date(), new Date());
    await mkdir(join(folder, 'users'), { recursive: true });
    await writeFile(note, '');
  });
  await evict(cache);
  return {
    folder: join(folder, 'venv'),
    python: venvPython(folder),
    release: () => rm(note, { force: true }),
  };
}
