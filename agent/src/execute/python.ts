import { basename } from 'node:path';
import { TaskProblem } from './problem.ts';
import { readTool, type Tools } from './tools.ts';

const probeLimit = 20_000;
const probe = 'import sys; print(sys.executable); print(sys.prefix); print(sys.version.split()[0])';

export interface Python {
  /** Absolute path of the interpreter. */
  path: string;
  /** Folder of the installation: the same for all names of one interpreter. */
  prefix: string;
  version: string;
}

/** Whether a task's `script.binary` means Python; a task that names nothing means it too. */
export function isPython(program: string): boolean {
  return program === '' || /^(python|pypy)[\d.]*(\.exe)?$/i.test(basename(program));
}

async function tryPython(program: string, tools: Tools): Promise<Python | undefined> {
  const { code, output } = await readTool(program, ['-I', '-c', probe], '/', probeLimit, tools);
  const [path, prefix, version] = output.trim().split('\n');
  const works =
    code === 0 && path !== undefined && prefix !== undefined && version !== undefined && /^3\./.test(version);
  return works ? { path, prefix, version } : undefined;
}

/**
 * The interpreter for a task: the one the agent was started with, else the one the task names (by its path or by its name),
 * else `python3` or `python` of the PATH. Throws a `TaskProblem` when none of them is a working Python 3.
 */
export async function findPython(hint: string, chosen: string | undefined, tools: Tools): Promise<Python> {
  const candidates = chosen ? [chosen] : [...new Set([hint, basename(hint), 'python3', 'python'])];
  for (const candidate of candidates.filter((name) => name !== '')) {
    const python = await tryPython(candidate, tools);
    if (python) return python;
  }
  const tried = candidates.filter((name) => name !== '').join(', ');
  throw new TaskProblem(
    `There is no Python 3 on the machine of this agent (tried ${tried})`,
    'install Python 3.9 or newer there, or start the agent with --python <path>',
  );
}
