// "npm run generate" writes every file that is derived from another; with --check it only compares, and fails where they differ.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { clearmlTypes } from './generate/clearml-types.mjs';
import { coverageFile } from './generate/coverage.mjs';
import { databaseFiles } from './generate/database.mjs';
import { root } from './lib/root.mjs';

const check = process.argv.includes('--check');
const files = { ...(await clearmlTypes()), ...(await databaseFiles()), ...(await coverageFile()) };

const stale = [];
for (const [path, text] of Object.entries(files)) {
  const found = await readFile(join(root, path), 'utf8').catch(() => undefined);
  if (found === text) continue;
  stale.push(path);
  if (check) continue;
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), text);
}
for (const path of stale)
  console.log(check ? `${path} differs from what "npm run generate" makes` : `wrote ${path}`);
if (check && stale.length > 0) process.exitCode = 1;
