// What the documents say about files, commands and settings is true.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { root } from '../lib/root.mjs';
import { projectFiles } from './project.mjs';

const read = (path) => readFileSync(join(root, path), 'utf8');

export function checkDocs() {
  const files = projectFiles();
  const documents = files.filter((path) => /^(README|AGENTS)\.md$|^docs\/.*\.md$/.test(path));
  const faults = [
    ...['README.md', 'docs/code-map.md', 'docs/settings.md']
      .filter((path) => !files.includes(path))
      .map((path) => `${path} is missing`),
    ...documents.flatMap((path) => [...pathFaults(path, files), ...linkFaults(path), ...commandFaults(path)]),
    ...settingFaults(files),
    ...codeMapFaults(files),
  ];
  return { ok: faults.length === 0, output: faults.join('\n') };
}

/** Words in backticks that look like a path of this project lead to something. */
function pathFaults(document, files) {
  const tops = new Set(files.map((path) => path.split('/')[0]));
  const isPath = (word) => /^[\w.{},*<>/…-]+$/.test(word) && tops.has(word.split('/')[0]) && !ignored(word);
  return [...read(document).matchAll(/`([^`\n]+)`/g)]
    .map(([, word]) => word.replace(/^\.\//, ''))
    .filter(isPath)
    .flatMap((word) => braces(word))
    .filter((word) => !files.some((path) => matches(word, path)))
    .map((word) => `${document}: \`${word}\` does not exist`);
}

/** What a run or a build makes is not in the repository. */
const ignored = (path) => /(^|\/)(dist|node_modules|\.arno|\.cache)(\/|$)/.test(path);

/** `a/{b,c}` stands for `a/b` and `a/c`. */
function braces(word) {
  const group = /\{([^{}]*)\}/.exec(word);
  if (!group) return [word];
  return group[1].split(',').flatMap((choice) => braces(word.replace(group[0], choice)));
}

/** `<name>`, `*` and `…` stand for any part of a path; a folder matches what is in it. */
function matches(word, path) {
  const pattern = word
    .replace(/\/$/, '')
    .replaceAll(/[.+^$()[\]\\|]/g, '\\$&')
    .replaceAll(/<[^>]*>|\*+|…/g, '.+');
  return new RegExp(`^${pattern}(/|$)`).test(path);
}

function linkFaults(document) {
  return [...read(document).matchAll(/\]\((?!https?:|mailto:|#)([^)#\s]+)[^)]*\)/g)]
    .map(([, target]) => target)
    .filter((target) => !existsSync(join(root, dirname(document), target)))
    .map((target) => `${document}: the link to ${target} leads nowhere`);
}

/** Commands in backticks and code blocks are scripts of package.json. */
function commandFaults(document) {
  const { scripts } = JSON.parse(read('package.json'));
  const code = [...read(document).matchAll(/```[^\n]*\n([\s\S]*?)```|`([^`\n]+)`/g)].map(
    ([, block, word]) => block ?? word,
  );
  return code
    .flatMap((text) => [...text.matchAll(/\bnpm (?:run ([\w:-]+)|(start|test)\b)/g)])
    .map(([, script, short]) => script ?? short)
    .filter((name) => !(name in scripts))
    .map((name) => `${document}: there is no script "${name}" in package.json`);
}

/** Every setting the programs read stands in docs/settings.md, and every one that stands there occurs in the sources. */
function settingFaults(files) {
  if (!files.includes('docs/settings.md')) return [];
  const settings = (text) => new Set(text.match(/\b(ARNO_[A-Z0-9_]*[A-Z0-9]|DATABASE_URL)\b/g) ?? []);
  const sources = files.filter((path) => /^(server|agent|serving)\/src\/.*(?<!\.test)\.ts$/.test(path));
  const settled = settings(
    sources
      .filter((path) => path.endsWith('/src/config.ts'))
      .map(read)
      .join('\n'),
  );
  const known = settings(sources.map(read).join('\n'));
  const written = settings(read('docs/settings.md'));
  return [
    ...[...settled]
      .filter((name) => !written.has(name))
      .map((name) => `docs/settings.md does not explain ${name}`),
    ...[...written]
      .filter((name) => !known.has(name))
      .map((name) => `docs/settings.md explains ${name}, which nothing reads`),
  ];
}

/** Every folder at the top, and every slice of the server, has its place in the code map. */
function codeMapFaults(files) {
  if (!files.includes('docs/code-map.md')) return [];
  const map = read('docs/code-map.md');
  const folders = files.flatMap(
    (path) => /^(?:server\/src\/features\/([^/]+)\/|(?!\.)([^/]+)\/)/.exec(path)?.slice(1) ?? [],
  );
  const named = (folder) => new RegExp(`[\`/ ,{]${folder}[\`/,} ]`).test(map);
  return [...new Set(folders.filter(Boolean))]
    .filter((folder) => !named(folder))
    .map((folder) => `docs/code-map.md does not name ${folder}/`);
}
