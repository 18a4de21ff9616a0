import '@mantine/spotlight/styles.layer.css';
import { Spotlight } from '@mantine/spotlight';
import { IconSearch } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Group, matching } from './entries.ts';
import { paletteStore } from './paletteStore.ts';
import { useFound } from './useFound.ts';
import { useActions, usePages } from './usePlaces.ts';

/** Ctrl/Cmd-K: go to any page, to anything by its name, or do what can be done from anywhere. */
export function Palette() {
  const { t } = useTranslation();
  const [query, setQuery] = useState('');
  const groups = useGroups(query.trim());
  return (
    <Spotlight.Root
      store={paletteStore}
      shortcut={null}
      query={query}
      onQueryChange={setQuery}
      clearQueryOnClose
      scrollable
      maxHeight={420}
      // What it finds changes its height while one types: its top stays where it is.
      centered={false}
      yOffset="14vh"
      overlayProps={{ blur: 0, backgroundOpacity: 0.4 }}
    >
      <Spotlight.Search
        placeholder={t('palette.placeholder')}
        aria-label={t('palette.placeholder')}
        leftSection={<IconSearch size={18} />}
      />
      <Spotlight.ActionsList>
        {groups.map(({ title, entries }, place) => (
          <Spotlight.ActionsGroup key={title} label={title}>
            {entries.map(({ id, label, icon: Icon, description, aside, run }, index) => (
              <Spotlight.Action
                key={id}
                // The list selects its first entry while one types; what the server finds comes later.
                data-selected={(place === 0 && index === 0) || undefined}
                label={label}
                {...(description && { description })}
                leftSection={<Icon size={18} stroke={1.7} />}
                rightSection={aside}
                onClick={run}
              />
            ))}
          </Spotlight.ActionsGroup>
        ))}
        {groups.length === 0 && <Spotlight.Empty>{t('palette.empty')}</Spotlight.Empty>}
      </Spotlight.ActionsList>
    </Spotlight.Root>
  );
}

function useGroups(words: string): Group[] {
  const { t } = useTranslation();
  const pages = usePages();
  const actions = useActions();
  const found = useFound(words);
  return [
    { title: t('palette.pages'), entries: matching(pages, words) },
    ...found,
    { title: t('palette.actions'), entries: matching(actions, words) },
  ].filter(({ entries }) => entries.length > 0);
}
