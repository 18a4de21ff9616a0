import { spawnSync } from 'node:child_process';

/** Runs a command with its output shown; throws an error that names the command when it does not end with 0. */
export function run(command, args, options = {}) {
  const result = spawnSync(command, args, { stdio: 'inherit', ...options });
  if (result.error) throw new Error(`cannot run ${command}: ${result.error.message}`);
  if (result.status !== 0)
    throw new Error(`"${[command, ...args].join(' ')}" ended with ${result.status ?? result.signal}`);
}

/** Standard output of a command, or undefined when it cannot run or does not end with 0. */
export function outputOf(command, args) {
  const result = spawnSync(command, args, { encoding: 'utf8' });
  return result.status === 0 ? result.stdout.trim() : undefined;
}
