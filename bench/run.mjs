// "npm run bench -- <name> [--json FILE]": runs bench/<name>.ts against a real Arno, prints its figures as a table, and writes
// them as flat JSON. Each benchmark measures its peer or its limit in the same run, because only shares compare across machines.
import { existsSync } from 'node:fs';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { runnerImport } from 'vite';

const here = import.meta.dirname;

async function main() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { json: { type: 'string' } },
  });
  const names = (await readdir(here)).filter((file) => file.endsWith('.ts')).map((file) => file.slice(0, -3));
  const [name] = positionals;
  if (positionals.length !== 1 || !names.includes(name)) {
    console.error(`usage: npm run bench -- <${names.join('|')}> [--json FILE]`);
    process.exitCode = 2;
    return;
  }
  if (!existsSync(join(here, '..', 'server', 'dist', 'main.js')))
    throw new Error('run "npm run build" first');
  // Vite loads TypeScript, which Node.js 20 does not.
  const { module } = await runnerImport(join(here, `${name}.ts`), { configFile: false, logLevel: 'error' });
  const figures = await module.run();
  const width = Math.max(...figures.map((figure) => figure.name.length));
  for (const figure of figures) {
    const value = figure.value.toLocaleString('en', { maximumSignificantDigits: 4 }).padStart(12);
    console.log(`${figure.name.padEnd(width)} ${value}  ${figure.meaning}`);
  }
  const flat = Object.fromEntries(figures.map((figure) => [figure.name, figure.value]));
  if (values.json) await writeFile(values.json, `${JSON.stringify(flat, null, 2)}\n`);
}

await main();
