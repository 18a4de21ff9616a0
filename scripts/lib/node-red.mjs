// The package of Node-RED nodes: one program for the runtime and one file for the editor, without anything of our workspaces.
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { root } from './root.mjs';

const folder = join(root, 'node-red');
const editor = join(folder, 'src', 'editor');
/** Files of the editor in their order, with the parts that replace comments in them. */
const templates = ['servers.html', 'enqueue.html', 'ondemand.html'];

/** Makes `node-red/dist` anew. */
export async function bundleNodeRed() {
  const dist = join(folder, 'dist');
  await rm(dist, { recursive: true, force: true });
  await mkdir(dist);
  const { build } = await import('rolldown');
  const { output } = await build({
    input: join(folder, 'src', 'arno.ts'),
    platform: 'node',
    output: { file: join(dist, 'arno.js'), format: 'cjs', exports: 'default', sourcemap: false },
    logLevel: 'warn',
  });
  await writeFile(join(dist, 'arno.html'), await editorFile(build));
  await writeFile(join(dist, 'LICENSES.txt'), await licensesOf(output[0].moduleIds));
  for (const part of ['locales', 'icons'])
    await cp(join(folder, part), join(dist, part), { recursive: true });
}

async function editorFile(build) {
  const { output } = await build({
    input: join(editor, 'index.ts'),
    platform: 'browser',
    transform: { target: 'es2022' },
    output: { format: 'iife' },
    write: false,
    logLevel: 'warn',
  });
  const style = await readFile(join(editor, 'editor.css'), 'utf8');
  const forms = await Promise.all(templates.map(withParts));
  return `<style>\n${style}</style>\n${forms.join('\n')}\n<script type="text/javascript">\n${output[0].code}</script>\n`;
}

/** A comment `<!-- input -->` stands for the file `part-input.html`. */
async function withParts(name) {
  const text = await readFile(join(editor, name), 'utf8');
  const parts = [...new Set([...text.matchAll(/^ *<!-- (\w+) -->\n/gm)].map(([, part]) => part))];
  const files = await Promise.all(parts.map((part) => readFile(join(editor, `part-${part}.html`), 'utf8')));
  return parts.reduce(
    (whole, part, index) => whole.replaceAll(`  <!-- ${part} -->\n`, () => files[index]),
    text,
  );
}

/** What the packages in the bundle ask for: their licences go with it. */
async function licensesOf(modules) {
  const packages = new Set(
    modules.flatMap((id) => /^(.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+)[\\/]/.exec(id)?.[1] ?? []),
  );
  const texts = [...packages].sort().map(async (path) => {
    const { name, version, license } = JSON.parse(await readFile(join(path, 'package.json'), 'utf8'));
    const file = (await readdir(path)).find((entry) => /^licen[cs]e/i.test(entry));
    const text = file ? await readFile(join(path, file), 'utf8') : `Licence: ${license}\n`;
    return `${name} ${version}\n${'-'.repeat(60)}\n${text.trim()}\n`;
  });
  return (await Promise.all(texts)).join('\n\n');
}
