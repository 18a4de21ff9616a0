import { appendFile, copyFile, cp, mkdtemp, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Arno } from './arno.ts';
import { root } from './environment.ts';
import { runProgram } from './process.ts';
import { clientEnvironment, type Release, sdkPython } from './python.ts';

/** What became of one script of acceptance/sdk/scripts under one release of the SDK. */
export interface Outcome {
  result: 'passed' | 'failed' | 'not in this release';
  /** Why it failed, or what the release lacks. */
  reason?: string;
  /** From the start of its process to its end; reading back not included. */
  seconds: number;
}

/** Scripts that mostly wait, for polls of pipelines and searches: begun first, the others fill the time. */
const slow = /^(search|pipeline|serving|dataset_command|task_command)/;

/** Half the scripts wait for something at any time, so there are more of them than cores. */
const lanes = 4;

/** Names of all scripts, the slow ones first. */
export async function sdkScripts(): Promise<string[]> {
  const files = await readdir(join(root, 'acceptance', 'sdk', 'scripts'));
  const names = files.filter((file) => file.endsWith('.py')).map((file) => file.slice(0, -'.py'.length));
  return [...names.filter((name) => slow.test(name)), ...names.filter((name) => !slow.test(name))];
}

/**
 * Runs scripts under one release of the SDK: each in a process of its own, then in other processes the part that reads back what
 * the first ones left on the server.
 */
export async function runScripts(
  arno: Arno,
  release: Release,
  names: readonly string[],
): Promise<Map<string, Outcome>> {
  const session = await prepare(arno, release);
  const outcomes = new Map<string, Outcome>();
  const found = new Map<string, unknown>();
  const waiting = [...names];
  const lane = async () => {
    for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
      const { outcome, left } = await useScript(session, name);
      outcomes.set(name, outcome);
      if (outcome.result === 'passed') found.set(name, left);
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  const halves = [0, 1].map((half) => [...found].filter((_, index) => index % 2 === half));
  const errors = await Promise.all(halves.map((half) => readBack(session, Object.fromEntries(half))));
  for (const [name, reason] of errors.flatMap((half) => [...half])) {
    const { seconds } = outcomes.get(name) as Outcome;
    outcomes.set(name, { result: 'failed', reason, seconds });
  }
  return outcomes;
}

interface Session {
  python: string;
  release: Release;
  folder: string;
  env: NodeJS.ProcessEnv;
}

/** A copy of the scripts outside our git repository, which the SDK would store with each task, and a home of their own. */
async function prepare(arno: Arno, release: Release): Promise<Session> {
  const folder = await mkdtemp(join(arno.folder, 'sdk-'));
  await cp(join(root, 'acceptance', 'sdk'), folder, { recursive: true });
  const config = join(folder, 'clearml.conf');
  await copyFile(join(arno.data, 'clearml.conf'), config);
  await appendFile(config, quickSettings);
  const env = { ...clientEnvironment(arno), HOME: folder, CLEARML_CONFIG_FILE: config };
  return { python: sdkPython(release), release, folder, env };
}

/**
 * Documented settings of the SDK. Without the first, each `Task.close` of a process waits about ten seconds for the process that
 * reports for it; train.py, read_back.py and remote.py run with the defaults.
 */
const quickSettings = `
sdk.development {
  report_use_subprocess: false
  suppress_update_message: true
}
`;

async function useScript(session: Session, name: string): Promise<{ outcome: Outcome; left?: unknown }> {
  const started = performance.now();
  const cwd = await mkdtemp(join(session.folder, `${name}-`));
  const project = `SDK ${session.release}/${name}`;
  const { code, output } = await runPython(
    session,
    `${session.release}-${name}`,
    ['use', name, project],
    cwd,
  );
  const seconds = (performance.now() - started) / 1000;
  const [answer] = jsonLines(output).filter((line) => 'found' in line || 'not_in_this_release' in line);
  if (typeof answer?.not_in_this_release === 'string')
    return { outcome: { result: 'not in this release', reason: answer.not_in_this_release, seconds } };
  if (code === 0 && answer) return { outcome: { result: 'passed', seconds }, left: answer.found };
  const reason = `ended with ${code}:\n${output.trimEnd().split('\n').slice(-25).join('\n')}`;
  return { outcome: { result: 'failed', reason, seconds } };
}

/** The errors of scripts that did not find what they had left, by name. */
async function readBack(session: Session, found: Record<string, unknown>): Promise<Map<string, string>> {
  const cwd = await mkdtemp(join(session.folder, 'read-'));
  await writeFile(join(cwd, 'found.json'), JSON.stringify(found));
  const label = `${session.release}-read-${Object.keys(found)[0]}`;
  const { code, output } = await runPython(session, label, ['read', 'found.json'], cwd);
  const errors = new Map(
    Object.keys(found).map((name) => [name, `reading back ended with ${code}:\n${output}`]),
  );
  for (const { script, error } of jsonLines(output)) {
    if (error === null) errors.delete(script as string);
    else if (typeof error === 'string') errors.set(script as string, `reading back: ${error}`);
  }
  return errors;
}

function runPython({ python, folder, env }: Session, label: string, args: string[], cwd: string) {
  return runProgram(`sdk-${label}`, python, [join(folder, 'run.py'), ...args], { cwd, env, limit: 400_000 });
}

function jsonLines(output: string): Record<string, unknown>[] {
  return output.split('\n').flatMap((line) => {
    if (!/^\{"(found|not_in_this_release|script)"/.test(line)) return [];
    return [JSON.parse(line) as Record<string, unknown>];
  });
}
