import { copyFile, mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import type { Arno, Home } from './arno.ts';
import { root } from './environment.ts';
import { runProgram } from './process.ts';

/** The Python that has the official packages, prepared by `npm test`. */
export const python = join(root, '.cache', 'python', 'bin', 'python');

/** Releases of the SDK that are tested: the one of requirements.txt, and older ones with a requirements file of their own. */
export const releases = ['current', '1.16', '1.13'] as const;
export type Release = (typeof releases)[number];

/** The Python with one release of the SDK; the older ones are prepared by `npm run compatibility`. */
export const sdkPython = (release: Release) =>
  release === 'current' ? python : join(root, '.cache', `python-${release}`, 'bin', 'python');

/** Environment of the official clients, pointed at one Arno by the file that it wrote for them. */
export function clientEnvironment(arno: Home): NodeJS.ProcessEnv {
  const env = Object.fromEntries(Object.entries(arno.env).filter(([name]) => !name.startsWith('ARNO_')));
  return { ...env, CLEARML_CONFIG_FILE: join(arno.data, 'clearml.conf'), PYTHONUNBUFFERED: '1' };
}

/**
 * Runs acceptance/sdk/<script> with the official package and answers the last line of its output, read as JSON.
 * It runs as a copy in an empty directory: inside our git repository the SDK would store the repository with the task.
 */
export async function runScript<Result>(arno: Arno, script: string, args: string[] = []): Promise<Result> {
  const folder = await mkdtemp(join(arno.folder, 'script-'));
  await copyFile(join(import.meta.dirname, '..', 'sdk', script), join(folder, script));
  const label = script.replace('.py', '');
  const { code, output } = await runProgram(label, python, [script, ...args], {
    cwd: folder,
    env: clientEnvironment(arno),
  });
  if (code !== 0) throw new Error(`${script} ended with ${code}:\n${output}`);
  const last = output.split('\n').findLast((line) => line.startsWith('{'));
  if (!last) throw new Error(`${script} printed no JSON line:\n${output}`);
  return JSON.parse(last) as Result;
}
