import { existsSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, join } from 'node:path';
import { installWithApt } from './apt.mjs';
import { run } from './run.mjs';

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** Path of a Chromium: ARNO_CHROMIUM, one in PATH, or one installed now. */
export async function prepareChromium() {
  const wanted = process.env.ARNO_CHROMIUM;
  if (wanted && !existsSync(wanted)) throw new Error(`ARNO_CHROMIUM names ${wanted}, which does not exist`);
  return wanted ?? inPath() ?? downloaded() ?? (await fromPackages()) ?? (await fromPlaywright());
}

function inPath() {
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean);
  const found = folders.flatMap((folder) => names.map((name) => join(folder, name))).find(existsSync);
  return found && realpathSync(found);
}

/** Debian's package brings the libraries a browser needs, which a bare download does not. */
async function fromPackages() {
  return (await installWithApt('chromium')) ? inPath() : undefined;
}

async function fromPlaywright() {
  await run('npx', ['playwright-core', 'install', 'chromium']);
  const path = downloaded();
  if (path) return path;
  throw new Error('the browser tests need Chromium: install it, or name it in ARNO_CHROMIUM');
}

function downloaded() {
  // Not imported at the top: this file is read before packages are installed.
  const { chromium } = createRequire(import.meta.url)('playwright-core');
  const path = chromium.executablePath();
  return existsSync(path) ? path : undefined;
}
