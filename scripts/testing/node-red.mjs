// The oldest Node-RED that our nodes are for, in .cache; the newest one that runs on this Node.js is a package of the workspace.
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { root } from '../lib/root.mjs';
import { run } from './run.mjs';

const version = '3.1.15';
/** Read by acceptance/node-red/lib/node-red.ts. */
const folder = join(root, '.cache', 'node-red-3');

export async function prepareNodeRed() {
  const stampFile = join(folder, 'stamp');
  if (existsSync(stampFile) && (await readFile(stampFile, 'utf8')) === version) return;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  await writeFile(join(folder, 'package.json'), '{ "private": true }\n');
  // Its only optional package would have to be compiled.
  const options = ['--omit=optional', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline'];
  await run('npm', ['install', '--prefix', folder, ...options, `node-red@${version}`]);
  // Written last: a half-made folder has no stamp and is made again.
  await writeFile(stampFile, version);
}
