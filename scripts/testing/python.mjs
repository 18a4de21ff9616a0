// Python environments in .cache with what the tests need from there, each made once and kept until what it is made from changes.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../lib/root.mjs';
import { installWithApt } from './apt.mjs';
import { outputOf, run } from './run.mjs';

const versionProgram = 'import sys; print("%d.%d" % sys.version_info[:2])';

/**
 * Makes sure that .cache/python has what acceptance/requirements.txt names; for an older release of the SDK, such as "1.16", that
 * .cache/python-1.16 has what acceptance/requirements-1.16.txt names.
 */
export function preparePython(release) {
  const suffix = release ? `-${release}` : '';
  return prepareVenv(`python${suffix}`, join(root, 'acceptance', `requirements${suffix}.txt`));
}

/** Makes sure that .cache/moto has the S3 that the server's tests run against. Its libraries are not those of the SDK. */
export function prepareMoto() {
  return prepareVenv('moto', join(root, 'server', 'test', 'moto-requirements.txt'));
}

/** Makes sure that .cache/<name> is a Python environment with what a requirements file names. */
export async function prepareVenv(name, requirements) {
  const folder = join(root, '.cache', name);
  const stampFile = join(folder, 'stamp');
  const python = await usablePython();
  const stamp = createHash('sha256').update(python.version).update(readFileSync(requirements)).digest('hex');
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) return 'up to date';

  rmSync(folder, { recursive: true, force: true });
  await run(python.command, ['-m', 'venv', folder]);
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', requirements];
  await run(join(folder, 'bin', 'python'), pip);
  // Written last: a half-made environment has no stamp and is made again.
  writeFileSync(stampFile, stamp);
}

async function usablePython() {
  const find = () => candidates().find(({ version, venv }) => isNewEnough(version) && venv);
  const found = find() ?? ((await installWithApt('python3', 'python3-venv')) ? find() : undefined);
  if (found) return found;
  throw new Error('the tests need Python 3.9 or newer with its venv module: install it');
}

/** Debian ships Python without ensurepip, which venv cannot do without. */
function candidates() {
  return ['python3', 'python'].map((command) => ({
    command,
    version: outputOf(command, ['-c', versionProgram]),
    venv: outputOf(command, ['-c', 'import venv, ensurepip']) !== undefined,
  }));
}

function isNewEnough(version = '0.0') {
  const [major, minor] = version.split('.').map(Number);
  return major === 3 && minor >= 9;
}
