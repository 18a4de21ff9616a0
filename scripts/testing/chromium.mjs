import { existsSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { installWithApt } from './apt.mjs';
import { run } from './run.mjs';

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** Path of a Chromium: ARNO_CHROMIUM, one in PATH, or one installed now. */
export function prepareChromium(root) {
  const wanted = process.env.ARNO_CHROMIUM;
  if (wanted && !existsSync(wanted)) throw new Error(`ARNO_CHROMIUM names ${wanted}, which does not exist`);
  return wanted ?? inPath() ?? installed(root) ?? fromPackages() ?? fromPlaywright(root);
}

function inPath() {
  for (const folder of (process.env.PATH ?? '').split(':'))
    for (const name of names)
      if (folder && existsSync(join(folder, name))) return realpathSync(join(folder, name));
  return undefined;
}

/** Debian's package brings the libraries a browser needs, which a bare download does not. */
function fromPackages() {
  return installWithApt('chromium') ? inPath() : undefined;
}

function fromPlaywright(root) {
  run('npx', ['playwright-core', 'install', 'chromium'], { cwd: root });
  const path = installed(root);
  if (!path)
    throw new Error('Chromium is needed for the browser tests: install it, or name it in ARNO_CHROMIUM');
  return path;
}

function installed(root) {
  const { chromium } = createRequire(join(root, 'package.json'))('playwright-core');
  const path = chromium.executablePath();
  return existsSync(path) ? path : undefined;
}
