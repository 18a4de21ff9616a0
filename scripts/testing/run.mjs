import { spawnSync } from 'node:child_process';
import { root } from '../lib/root.mjs';
import { capture } from '../lib/run.mjs';

/** Runs a command in the project; throws its output when it does not end with 0. */
export async function run(command, args, env = process.env) {
  const { code, output } = await capture(command, args, { cwd: root, env });
  if (code !== 0) throw new Error(`"${[command, ...args].join(' ')}" ended with ${code}:\n${output.trim()}`);
}

/** Standard output of a short command, or undefined when it cannot run or does not end with 0. */
export function outputOf(command, args) {
  const result = spawnSync(command, args, { encoding: 'utf8' });
  return result.status === 0 ? result.stdout.trim() : undefined;
}
