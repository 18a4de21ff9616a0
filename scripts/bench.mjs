// "npm run bench -- <name> [--json FILE]": prepares the programs that a benchmark compares with, and runs it: see bench/run.mjs.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { root } from './lib/root.mjs';
import { step } from './lib/step.mjs';
import { installWithApt } from './testing/apt.mjs';
import { prepareChromium } from './testing/chromium.mjs';
import { prepareProgram } from './testing/programs.mjs';
import { prepareVenv } from './testing/python.mjs';
import { outputOf } from './testing/run.mjs';

const words = process.argv.slice(2);

async function preparePeers() {
  await step('Preparing nginx', () => prepareProgram('nginx', 'nginx'));
  await step('Preparing wrk', prepareWrk);
  const requirements = join(root, 'bench', 'requirements.txt');
  await step("Preparing the lab's old design", () => prepareVenv('python-bench', requirements));
}

/** It starts nothing when it is installed, and needs a library of its own. */
async function prepareWrk() {
  const isThere = () => outputOf('sh', ['-c', 'command -v wrk']) !== undefined;
  if (isThere() || ((await installWithApt('wrk')) && isThere())) return;
  throw new Error('wrk is needed: install it');
}

try {
  if (words.includes('gateway')) await preparePeers();
  if (words.includes('console')) process.env.ARNO_CHROMIUM = await prepareChromium();
  const run = [join(root, 'bench', 'run.mjs'), ...words];
  process.exitCode = spawnSync(process.execPath, run, { stdio: 'inherit' }).status ?? 1;
} catch (error) {
  console.error(`The benchmark could not run: ${error.message}`);
  process.exitCode = 1;
}
