// "npm run pictures -- FOLDER [--only PATTERN] [--whole]": takes pictures of every page of the console, in both sizes, themes and languages, of a lab
// that is made up for it: see acceptance/pictures. For documents, and for looking at what a change does to all pages at once.
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { runnerImport } from 'vite';
import { root } from './lib/root.mjs';
import { prepareChromium } from './testing/chromium.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { only: { type: 'string' }, whole: { type: 'boolean' } },
});
const [folder] = positionals;
if (!folder) {
  console.error('usage: npm run pictures -- FOLDER [--only PATTERN OF PAGES] [--whole]');
  process.exit(2);
}
process.env.ARNO_CHROMIUM ??= await prepareChromium();
// Vite loads TypeScript, which Node.js 20 does not.
const { module } = await runnerImport(join(root, 'acceptance', 'pictures', 'run.ts'), {
  configFile: false,
  logLevel: 'error',
});
const only = values.only && new RegExp(values.only);
await module.run(resolve(folder), { only, whole: values.whole });
