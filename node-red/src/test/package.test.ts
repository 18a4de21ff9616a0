import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

// What Node-RED's flow library checks of a package (its "scorecard"), as far as it can be seen from the files.

const folder = join(import.meta.dirname, '..', '..');
const read = (...path: string[]) => readFile(join(folder, ...path), 'utf8');
const manifest = JSON.parse(await read('package.json'));
const types = [
  'arno-server',
  'snap4city-authentication-clearml',
  'clearml-serving-enqueue',
  'clearml-serving-ondemand',
];
const languages = ['en-US', 'it'];

describe('package.json', () => {
  test('names what the library asks for', () => {
    expect(manifest).toMatchObject({
      name: expect.stringMatching(/^node-red-contrib-[a-z-]+$/),
      version: expect.stringMatching(/^\d+\.\d+\.\d+$/),
      license: 'Apache-2.0',
      keywords: expect.arrayContaining(['node-red']),
      engines: { node: expect.stringMatching(/^>=\d+/) },
      'node-red': { version: '>=3.0.0', nodes: { arno: 'dist/arno.js' } },
    });
    expect(manifest.description.length).toBeGreaterThan(40);
  });

  test('needs nothing to be installed beside it', () => {
    const needed = ['dependencies', 'peerDependencies', 'bundledDependencies', 'scripts'];
    expect(Object.keys(manifest).filter((key) => needed.includes(key))).toEqual([]);
  });

  test('packs README, licence, examples and what is built', async () => {
    expect(manifest.files).toEqual(expect.arrayContaining(['dist', 'examples', 'images']));
    expect(await read('README.md')).toMatch(/^# node-red-contrib-arno/);
    expect(await read('LICENSE')).toContain('Apache License');
  });
});

describe('the nodes', () => {
  test('have a form, help in each language, and icons that are there', async () => {
    const editor = join(folder, 'src', 'editor');
    const files = await readdir(editor);
    const forms = await Promise.all(
      files.filter((name) => name.endsWith('.html')).map((name) => read('src', 'editor', name)),
    );
    const help = await Promise.all(languages.map((language) => read('locales', language, 'arno.html')));
    for (const type of types) {
      expect(forms.join('').split(`data-template-name="${type}"`)).toHaveLength(2);
      for (const text of help) expect(text.split(`data-help-name="${type}"`)).toHaveLength(2);
    }
    const sources = await Promise.all(
      files.filter((name) => name.endsWith('.ts')).map((name) => read('src', 'editor', name)),
    );
    const icons = [...sources.join('').matchAll(/icon: '([\w-]+\.svg)'/g)].map(([, icon]) => icon);
    expect(icons.sort()).toEqual((await readdir(join(folder, 'icons'))).sort());
  });

  test('say everything in each language', async () => {
    const [english, italian] = await Promise.all(
      languages.map(async (language) => keysOf(JSON.parse(await read('locales', language, 'arno.json')))),
    );
    expect(italian).toEqual(english);
    const editor = join(folder, 'src', 'editor');
    const texts = await Promise.all((await readdir(editor)).map((name) => read('src', 'editor', name)));
    const shown = [...texts.join('').matchAll(/data-i18n="(?:\[placeholder\])?([\w.]+)"/g)].map(
      ([, key]) => key,
    );
    const said = [...texts.join('').matchAll(/\bt\('([\w.]+)'/g)].map(([, key]) => key);
    expect(english).toEqual(expect.arrayContaining([...new Set([...shown, ...said])]));
  });
});

test('the examples use known nodes only, and hold no address but the default one, and no secret', async () => {
  const core = ['tab', 'comment', 'inject', 'debug', 'catch', 'file in'];
  const names = await readdir(join(folder, 'examples'));
  expect(names.length).toBeGreaterThan(1);
  for (const name of names) {
    const text = await read('examples', name);
    const flow = JSON.parse(text) as { id: string; type: string; wires?: string[][] }[];
    const ids = flow.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { type, wires = [] } of flow) {
      expect([...core, ...types]).toContain(type);
      expect(ids).toEqual(expect.arrayContaining(wires.flat()));
    }
    expect([...text.matchAll(/https?:\/\/[^"]+/g)].flat()).toEqual(['http://localhost:8080']);
    expect(text).not.toContain('credentials');
  }
});

function keysOf(value: unknown, path = ''): string[] {
  if (typeof value !== 'object' || value === null) return [path];
  return Object.entries(value)
    .flatMap(([key, inner]) => keysOf(inner, path ? `${path}.${key}` : key))
    .sort();
}
