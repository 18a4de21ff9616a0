// "npm test": prepares everything the tests need on a bare machine, runs them, and ends with the line "N passed, N failed".
// "npm test -- --coverage-list" also writes down which ClearML endpoints the tests saw answered, for API_COVERAGE.md.
// Other words after "npm test --" go to Vitest and choose files by a part of their path, for example "npm test -- gateway".
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { installWithApt } from './testing/apt.mjs';
import { prepareChromium } from './testing/chromium.mjs';
import { compareEndpoints, writeEndpoints } from './testing/endpoints.mjs';
import { preparePython } from './testing/python.mjs';
import { outputOf, run } from './testing/run.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const countsFile = join(root, '.cache', 'test-counts.json');
const endpointsFile = join(root, '.cache', 'test-endpoints.txt');
const listing = '--coverage-list';

function checkPrograms() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19))
    throw new Error(`Node.js 20.19 or newer is needed, this is ${process.version}`);
  if (!outputOf('git', ['--version']) && !installWithApt('git'))
    throw new Error('git is needed: agents clone repositories with it');
}

function installPackages() {
  const mark = join(root, 'node_modules', '.package-lock.json');
  if (existsSync(mark) && statSync(mark).mtimeMs >= statSync(join(root, 'package-lock.json')).mtimeMs) return;
  run('npm', ['ci'], { cwd: root });
}

/** Makes ready one step after the other; the first that fails ends the run, because no test could be trusted after it. */
function prepare() {
  checkPrograms();
  mkdirSync(dirname(countsFile), { recursive: true });
  installPackages();
  run(process.execPath, [join(root, 'scripts', 'build.mjs')], { cwd: root });
  preparePython(root);
  return { chromium: prepareChromium(root) };
}

function runTests(tools, filters) {
  for (const file of [countsFile, endpointsFile]) rmSync(file, { force: true });
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
  const reporters = ['--reporter=default', '--reporter=./scripts/testing/count-reporter.mjs'];
  const result = spawnSync(process.execPath, [vitest, 'run', ...reporters, ...filters], {
    cwd: root,
    stdio: 'inherit',
    env: {
      ...process.env,
      ARNO_CHROMIUM: tools.chromium,
      TEST_COUNTS_FILE: countsFile,
      TEST_ENDPOINTS_FILE: endpointsFile,
    },
  });
  const counts = existsSync(countsFile)
    ? JSON.parse(readFileSync(countsFile, 'utf8'))
    : { passed: 0, failed: 0 };
  // No test ran, or Vitest itself went wrong: that is a failure even when no single test says so.
  if (counts.failed === 0 && (counts.passed === 0 || result.status !== 0)) counts.failed = 1;
  return counts;
}

let counts = { passed: 0, failed: 1 };
try {
  const words = process.argv.slice(2);
  const filters = words.filter((word) => word !== listing);
  counts = runTests(prepare(), filters);
  // Only a whole run that passed knows which endpoints are tested.
  const whole = filters.length === 0 && counts.failed === 0;
  if (whole && words.includes(listing)) writeEndpoints(root, endpointsFile);
  else if (whole) compareEndpoints(root, endpointsFile);
} catch (error) {
  console.error(`The tests could not start: ${error.message}`);
}
console.log(`${counts.passed} passed, ${counts.failed} failed`);
process.exitCode = counts.failed > 0 ? 1 : 0;
