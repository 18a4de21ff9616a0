import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, queryOptions, useQueries } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useSession } from '../../api/session.ts';
import { type Group, matching, namedFirst } from './entries.ts';
import { findIn, type Go, type Source, sourcesFor } from './sources.tsx';

const LEAST_CHARS = 2;
const MOST_OF_A_KIND = 5;

/** What the server knows by these words. */
export function useFound(words: string): Group[] {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const sources = sourcesFor(useSession());
  const [settled] = useDebouncedValue(words, 200);
  const results = useQueries({
    queries: sources.map((source) => searchQuery(source, settled, (to) => void navigate(to))),
  });
  if (words.length < LEAST_CHARS) return [];
  const found = sources.map(({ title }, place) => {
    const { data = [], isPlaceholderData } = results[place] ?? {};
    // What was found for the words before stays only where it fits these too: Enter takes the first.
    const isOld = isPlaceholderData || settled !== words;
    return { title: t(title), entries: isOld ? matching(data, words) : data };
  });
  // The three kinds of mappings are one group.
  const titles = [...new Set(found.map(({ title }) => title))];
  return titles.map((title) => ({
    title,
    entries: namedFirst(
      found.filter((each) => each.title === title).flatMap(({ entries }) => entries),
      words,
    ),
  }));
}

function searchQuery(source: Source, words: string, go: Go) {
  return queryOptions({
    queryKey: ['palette', source.path, words],
    queryFn: ({ signal }) => findIn(source, { words, most: MOST_OF_A_KIND, go }, signal),
    enabled: words.length >= LEAST_CHARS,
    placeholderData: keepPreviousData,
  });
}
