import i18next from 'i18next';
import { initReactI18next, useTranslation } from 'react-i18next';
import type english from './en/index.ts';

export const languages = { en: 'English', it: 'Italiano' } as const;
export type Language = keyof typeof languages;

declare module 'i18next' {
  interface CustomTypeOptions {
    resources: { translation: typeof english };
  }
}

/** Locale for numbers and dates: the language chosen, in the region of the browser (`en-GB`) where it has one for it. */
export function useLocale(): string {
  const { i18n } = useTranslation();
  return navigator.languages.find((tag) => tag.startsWith(i18n.language)) ?? i18n.language;
}

const STORED = 'arno.language';
const loaders = { en: () => import('./en/index.ts'), it: () => import('./it/index.ts') };

/** The person's earlier choice, else the first language of the browser that we speak, else English. */
export function preferredLanguage(stored: string | null, browser: readonly string[]): Language {
  const wanted = [stored ?? '', ...browser].map((tag) => tag.slice(0, 2).toLowerCase());
  return wanted.find((tag): tag is Language => tag in languages) ?? 'en';
}

/** Loads the first language; nothing may render before it is done. */
export async function startI18n(): Promise<void> {
  // React escapes what it shows; escaping here too would show `&amp;`.
  await i18next.use(initReactI18next).init({ resources: {}, interpolation: { escapeValue: false } });
  await show(preferredLanguage(readStored(), navigator.languages));
}

/** Switches the console to a language and remembers it in this browser. */
export async function chooseLanguage(language: Language): Promise<void> {
  await show(language);
  try {
    localStorage.setItem(STORED, language);
  } catch {
    // Storage can be forbidden; the choice then lasts until the page is closed.
  }
}

async function show(language: Language): Promise<void> {
  if (!i18next.hasResourceBundle(language, 'translation')) {
    const bundle = await loaders[language]();
    i18next.addResourceBundle(language, 'translation', bundle.default);
  }
  await i18next.changeLanguage(language);
  document.documentElement.lang = language;
}

function readStored(): string | null {
  try {
    return localStorage.getItem(STORED);
  } catch {
    return null;
  }
}
