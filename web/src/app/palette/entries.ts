import type { Icon } from '@tabler/icons-react';
import type { ReactNode } from 'react';

/** One line of the palette: somewhere to go, or something to do. */
export interface Entry {
  id: string;
  label: string;
  icon: Icon;
  /** Tells apart what has the same name. */
  description?: string | undefined;
  aside?: ReactNode;
  run: () => void;
}

export interface Group {
  title: string;
  entries: readonly Entry[];
}

/** Entries whose label has all the words, in any order; without words all. */
export function matching(entries: readonly Entry[], words: string): Entry[] {
  const wanted = plain(words).split(/\s+/);
  return entries.filter(({ label }) => {
    const text = plain(label);
    return wanted.every((word) => text.includes(word));
  });
}

/** The server also looks into descriptions: what is called so itself goes before what is only about it. */
export function namedFirst(entries: readonly Entry[], words: string): Entry[] {
  const named = matching(entries, words);
  return [...named, ...entries.filter((entry) => !named.includes(entry))];
}

/** Small letters without accents, as people type them. */
function plain(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase().trim();
}
