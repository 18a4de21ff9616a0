import { describe, expect, test } from 'vitest';
import english from './en/index.ts';
import { preferredLanguage } from './index.ts';
import italian from './it/index.ts';
import { flatten, plural } from './tree.ts';

const texts = { en: flatten(english), it: flatten(italian) };
const keysOf = (language: keyof typeof texts) =>
  [...new Set(texts[language].map(([key]) => key.replace(plural, '')))].sort();
const variablesOf = (text: string) => [...text.matchAll(/\{\{(\w+)\}\}/g)].map(([, name]) => name).sort();

describe('the texts of the console', () => {
  test('are the same in both languages', () => {
    expect(keysOf('it')).toEqual(keysOf('en'));
  });

  test.each(['en', 'it'] as const)('have every plural form that %s has', (language) => {
    const forms = new Intl.PluralRules(language).resolvedOptions().pluralCategories;
    const keys = new Set(texts[language].map(([key]) => key));
    const counted = [...keys].filter((key) => plural.test(key)).map((key) => key.replace(plural, ''));
    const wanted = [...new Set(counted)].flatMap((key) => forms.map((form) => `${key}_${form}`));
    expect(wanted.filter((key) => !keys.has(key))).toEqual([]);
  });

  test('name the same variables in both languages', () => {
    // A form for one may leave the number out. What English has no form for is held against its form for the rest.
    const english = new Map(texts.en.map(([key, text]) => [key, variablesOf(text)]));
    const differing = texts.it.filter(
      ([key, text]) => String(variablesOf(text)) !== String(english.get(key.replace(/_many$/, '_other'))),
    );
    expect(differing).toEqual([]);
  });

  test('are none of them empty', () => {
    expect([...texts.en, ...texts.it].filter(([, text]) => text.trim() === '')).toEqual([]);
  });
});

describe('the first language', () => {
  test.each([
    ['it', ['en-GB'], 'it'],
    [null, ['de-DE', 'it-IT', 'en'], 'it'],
    [null, ['fr'], 'en'],
    ['xx', ['it'], 'it'],
  ] as const)('stored %s, browser %j -> %s', (stored, browser, expected) => {
    expect(preferredLanguage(stored, browser)).toBe(expected);
  });
});
