// "npm run build": compiles protocol, server, agent and serving and bundles the web console and the Node-RED nodes, each only when it is
// stale.
import { readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import { fingerprint } from './lib/fingerprint.mjs';
import { bundleNodeRed } from './lib/node-red.mjs';
import { root } from './lib/root.mjs';
import { capture } from './lib/run.mjs';
import { step } from './lib/step.mjs';

/** All that the console's bundle is made of; protocol because it is bundled from its sources. */
const webInputs = ['web', 'protocol/src', 'protocol/package.json', 'tsconfig.base.json', 'package-lock.json'];

const nodeRedInputs = ['node-red', 'scripts/lib/node-red.mjs', 'package-lock.json'];

/** Builds everything that is stale. Throws an error that carries the compiler's message. */
export async function build() {
  await step('Compiling server, agent and serving', () => runTool(root, 'typescript', 'tsc', ['-b']));
  const web = join(root, 'web');
  const buildWeb = () => runTool(web, 'vite', 'vite', ['build', '--logLevel', 'warn']);
  await step('Building the web console', () => ifStale(web, webInputs, buildWeb));
  const nodeRed = join(root, 'node-red');
  await step('Building the Node-RED nodes', () => ifStale(nodeRed, nodeRedInputs, bundleNodeRed));
}

/** Bundles a workspace into its dist/ when its inputs are others than those of the last time. */
async function ifStale(workspace, inputFiles, bundle) {
  // Lies in dist/, which each bundler empties before it writes: a stamp always belongs to the files around it.
  const stamp = join(workspace, 'dist', '.inputs');
  const inputs = await fingerprint(root, inputFiles);
  if ((await readFile(stamp, 'utf8').catch(() => '')) === inputs) return 'up to date';
  await bundle();
  await writeFile(stamp, inputs);
}

/** Runs a program of an npm package, found as the workspace in `cwd` would find it. */
async function runTool(cwd, packageName, program, args) {
  const manifest = createRequire(join(cwd, 'package.json')).resolve(`${packageName}/package.json`);
  const { bin } = JSON.parse(await readFile(manifest, 'utf8'));
  const file = join(dirname(manifest), typeof bin === 'string' ? bin : bin[program]);
  const env = { ...process.env, ...(process.stderr.isTTY && { FORCE_COLOR: '1' }) };
  const { code, output } = await capture(process.execPath, [file, ...args], { cwd, env });
  // Not every tool minds that nobody sees its colors.
  const message = process.stderr.isTTY ? output : stripVTControlCharacters(output);
  if (code !== 0) throw new Error(message.trim());
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    await build();
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
