// "npm run check": everything about the code that can be judged without running it. All steps run, also after one failed.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { checkDocs } from './checks/docs.mjs';
import { inProject } from './checks/project.mjs';
import { reportSizes } from './checks/sizes.mjs';
import { root } from './lib/root.mjs';

const sources = [
  'protocol',
  'server',
  'agent',
  'serving',
  'web',
  'node-red',
  'acceptance',
  'bench',
  'scripts',
  'vitest.config.ts',
];

/** A step answers whether it passed, and what it has to say. */
const steps = {
  'format and lint': () => inProject('biome', ['check', '--error-on-warnings', '--max-diagnostics=50', '.']),
  types: () => inProject('tsc', ['-b']),
  'types of tests': () => inProject('tsc', ['-p', 'tsconfig.check.json']),
  'types of the console': () => inProject('tsc', ['-p', 'web', '--noEmit']),
  'types of the Node-RED nodes': () => inProject('tsc', ['-p', 'node-red']),
  imports: () =>
    inProject('depcruise', [
      '--config',
      '.dependency-cruiser.cjs',
      ...sources.filter((path) => existsSync(join(root, path))),
    ]),
  'dead code': () => inProject('knip', []),
  'generated files': () => inProject(process.execPath, ['scripts/generate.mjs', '--check']),
  docs: checkDocs,
  'sizes (report)': reportSizes,
};

let failed = 0;
for (const [name, step] of Object.entries(steps)) {
  const started = performance.now();
  const { ok, output } = await step();
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`${ok ? 'ok    ' : 'FAILED'} ${name} (${seconds} s)`);
  if (output && !(ok && name !== 'sizes (report)')) console.log(output.replaceAll(/^/gm, '    '));
  if (!ok) failed += 1;
}
console.log(failed === 0 ? 'check passed' : `check failed: ${failed} of ${Object.keys(steps).length} steps`);
process.exitCode = failed === 0 ? 0 : 1;
