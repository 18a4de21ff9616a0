import { join } from 'node:path';
import { expect, test } from 'vitest';
import english from './en/index.ts';
import { scan } from './scan.ts';
import { flatten, plural } from './tree.ts';

/** Words that are the same in every language: names, units, protocols, files and addresses. */
const names = [
  /^(Arno|HTTP|JSON( Schema)?|CSV|NDJSON|CPU|GPU|URL|curl|Python|Node-RED)$/,
  /^([\d.,]+ )?(ms|s|B|KiB|MiB|GiB)$/,
  /^[\w~./-]*[./_][\w~./-]*$/,
  /^https?:\/\/\S+$/,
];

const found = scan(join(import.meta.dirname, '..'));
const keys = [...new Set(flatten(english).map(([key]) => key.replace(plural, '')))];
const known = new Set(keys);

test('every key that the code asks for has a text', () => {
  expect(found.asked.filter(({ key }) => !known.has(key))).toEqual([]);
});

test('every text is asked for somewhere', () => {
  const isUsed = (key: string) =>
    found.constants.has(key) || found.patterns.some(({ pattern }) => pattern.test(key));
  expect(keys.filter((key) => !isUsed(key))).toEqual([]);
});

test('no words stand in the code', () => {
  expect(found.untranslated.filter(({ text }) => !names.some((name) => name.test(text)))).toEqual([]);
});
