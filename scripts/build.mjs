// "npm run build": compiles protocol, server, agent and serving and bundles the web console, each only when it is stale.
import { readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fingerprint } from './lib/fingerprint.mjs';
import { root } from './lib/root.mjs';
import { capture } from './lib/run.mjs';
import { step } from './lib/step.mjs';

/** All that the console's bundle is made of; protocol because it is bundled from its sources. */
const webInputs = ['web', 'protocol/src', 'protocol/package.json', 'tsconfig.base.json', 'package-lock.json'];

/** Builds everything that is stale. Throws an error that carries the compiler's message. */
export async function build() {
  await step('Compiling server, agent and serving', () => runTool(root, 'typescript', 'tsc', ['-b']));
  await step('Building the web console', buildWeb);
}

async function buildWeb() {
  const web = join(root, 'web');
  // Vite empties dist/ first, so that a build that fails leaves no stamp behind.
  const stamp = join(web, 'dist', '.inputs');
  const inputs = await fingerprint(root, webInputs);
  if ((await readFile(stamp, 'utf8').catch(() => '')) === inputs) return 'up to date';
  await runTool(web, 'vite', 'vite', ['build', '--logLevel', 'warn']);
  await writeFile(stamp, inputs);
}

/** Runs a program of an npm package, found as the workspace in `cwd` would find it. */
async function runTool(cwd, packageName, program, args) {
  const manifest = createRequire(join(cwd, 'package.json')).resolve(`${packageName}/package.json`);
  const { bin } = JSON.parse(await readFile(manifest, 'utf8'));
  const file = join(dirname(manifest), typeof bin === 'string' ? bin : bin[program]);
  // The tools write to a pipe, so they cannot see themselves whether their messages end in a terminal.
  const colors = process.stderr.isTTY ? { FORCE_COLOR: '1' } : { NO_COLOR: '1' };
  const env = { ...process.env, ...colors };
  const { code, output } = await capture(process.execPath, [file, ...args], { cwd, env });
  if (code !== 0) throw new Error(output.trim());
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    await build();
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
