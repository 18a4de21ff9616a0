// "npm test": prepares everything the tests need on a bare machine, runs them, and ends with the line "N passed, N failed".
// "npm test -- --coverage-list" also writes down which ClearML endpoints the tests saw answered, for API_COVERAGE.md.
// Other words after "npm test --" go to Vitest and choose files by a part of their path, for example "npm test -- gateway".
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { requireNode } from './lib/node-version.mjs';
import { root } from './lib/root.mjs';

const cache = join(root, '.cache');
const countsFile = join(cache, 'test-counts.json');
const endpointsFile = join(cache, 'test-endpoints.txt');
const listing = '--coverage-list';
const keycloakTests = ['acceptance/gateway/keycloak.test.ts', 'acceptance/node-red/lab-flow.test.ts'];

/** Makes ready one thing after the other; the first that fails ends the run, because no test could be trusted after it. */
async function prepare(filters) {
  requireNode();
  // Only now, because an older Node.js may not even read these.
  const { installPackages } = await import('./lib/install.mjs');
  const { step } = await import('./lib/step.mjs');
  const { prepareMoto, preparePython } = await import('./testing/python.mjs');
  const { prepareChromium } = await import('./testing/chromium.mjs');
  await installPackages();
  const { build } = await import('./build.mjs');
  await build();
  mkdirSync(cache, { recursive: true });
  await step('Preparing git', prepareGit);
  await step('Preparing Python with the official ClearML packages', () => preparePython());
  await step('Preparing an S3', () => prepareMoto());
  let chromium;
  await step('Preparing Chromium', async () => {
    chromium = await prepareChromium();
  });
  const env = { ARNO_CHROMIUM: chromium };
  if (isChosen('acceptance/metrics.test.ts', filters)) {
    const { prepareProgram } = await import('./testing/programs.mjs');
    await step('Preparing Prometheus', () => prepareProgram('prometheus', 'prometheus'));
  }
  if (isChosen('acceptance/node-red/lab-flow.test.ts', filters)) {
    const { prepareNodeRed } = await import('./testing/node-red.mjs');
    await step('Preparing Node-RED 3', prepareNodeRed);
  }
  if (!keycloakTests.some((file) => isChosen(file, filters))) return env;
  const { prepareKeycloak } = await import('./testing/keycloak.mjs');
  await step('Preparing Keycloak', async () => {
    Object.assign(env, await prepareKeycloak());
  });
  return env;
}

/** As Vitest chooses: by a part of the path. */
function isChosen(file, filters) {
  return filters.length === 0 || filters.some((filter) => file.includes(filter));
}

async function prepareGit() {
  const { outputOf } = await import('./testing/run.mjs');
  const { installWithApt } = await import('./testing/apt.mjs');
  if (outputOf('git', ['--version']) || (await installWithApt('git'))) return;
  throw new Error('the tests need git, because agents clone repositories with it: install it');
}

/** @param env what the parts that were prepared need */
function runVitest(env, filters) {
  for (const file of [countsFile, endpointsFile]) rmSync(file, { force: true });
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
  const reporters = ['--reporter=default', '--reporter=./scripts/testing/count-reporter.mjs'];
  const files = { TEST_COUNTS_FILE: countsFile, TEST_ENDPOINTS_FILE: endpointsFile };
  const result = spawnSync(process.execPath, [vitest, 'run', ...reporters, ...filters], {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, ...files, ...env },
  });
  const counts = existsSync(countsFile)
    ? JSON.parse(readFileSync(countsFile, 'utf8'))
    : { passed: 0, failed: 0 };
  // No test ran, or Vitest itself went wrong: that is a failure even when no single test says so.
  if (counts.failed === 0 && (counts.passed === 0 || result.status !== 0)) counts.failed = 1;
  return counts;
}

/** Only a whole run that passed knows which endpoints are tested. */
async function noteEndpoints(wanted) {
  const { compareEndpoints, writeEndpoints } = await import('./testing/endpoints.mjs');
  if (wanted) writeEndpoints(endpointsFile);
  else compareEndpoints(endpointsFile);
}

let counts = { passed: 0, failed: 1 };
try {
  const words = process.argv.slice(2);
  const filters = words.filter((word) => word !== listing);
  counts = runVitest(await prepare(filters), filters);
  if (filters.length === 0 && counts.failed === 0) await noteEndpoints(words.includes(listing));
} catch (error) {
  console.error(`The tests could not run: ${error.message}`);
}
console.log(`${counts.passed} passed, ${counts.failed} failed`);
process.exitCode = counts.failed > 0 ? 1 : 0;
