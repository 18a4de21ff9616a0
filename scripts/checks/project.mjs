import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { root } from '../lib/root.mjs';

/** Runs one of the project's own tools in its root: `{ok, output}`. */
export function inProject(command, args) {
  const path = `${join(root, 'node_modules', '.bin')}:${process.env.PATH}`;
  const result = spawnSync(command, args, {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, PATH: path, NO_COLOR: '1' },
    maxBuffer: 64 * 1024 * 1024,
  });
  if (result.error) return { ok: false, output: `cannot run ${command}: ${result.error.message}` };
  return { ok: result.status === 0, output: `${result.stdout}${result.stderr}`.trim() };
}

/** Files that git tracks or would track, relative to the root, in order. */
export function projectFiles() {
  const { ok, output } = inProject('git', ['ls-files', '--cached', '--others', '--exclude-standard']);
  if (!ok) throw new Error(`git ls-files: ${output}`);
  return output.split('\n').filter(Boolean).sort();
}
