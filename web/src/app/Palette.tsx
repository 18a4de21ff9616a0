import '@mantine/spotlight/styles.layer.css';
import { useDebouncedValue } from '@mantine/hooks';
import { Spotlight } from '@mantine/spotlight';
import { IconFlask, IconKey, IconSearch, IconUser } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { taskSearchQuery } from '../features/tasks/queries.ts';
import { StatusBadge } from '../ui/Status.tsx';
import { navigation } from './navigation.ts';
import { paletteStore } from './paletteStore.ts';

/** Ctrl/Cmd-K: go to any page, or to a task by its name. */
export function Palette() {
  const { t } = useTranslation();
  const [query, setQuery] = useState('');
  const words = query.trim().toLowerCase();
  const pages = usePages().filter(({ label }) => label.toLowerCase().includes(words));
  const tasks = useTasks(words);
  return (
    <Spotlight.Root
      store={paletteStore}
      shortcut={null}
      query={query}
      onQueryChange={setQuery}
      clearQueryOnClose
      scrollable
      maxHeight={420}
    >
      <Spotlight.Search placeholder={t('palette.placeholder')} leftSection={<IconSearch size={18} />} />
      <Spotlight.ActionsList>
        {pages.length > 0 && (
          <Spotlight.ActionsGroup label={t('palette.pages')}>
            {pages.map(({ label, icon: Icon, go }) => (
              <Spotlight.Action
                key={label}
                label={label}
                leftSection={<Icon size={18} stroke={1.7} />}
                onClick={go}
              />
            ))}
          </Spotlight.ActionsGroup>
        )}
        {tasks.length > 0 && (
          <Spotlight.ActionsGroup label={t('palette.tasks')}>
            {tasks.map(({ id, name, status, go }, index) => (
              <Spotlight.Action
                key={id}
                // The list selects its first entry while one types; what the server finds comes later.
                data-selected={(index === 0 && pages.length === 0) || undefined}
                label={name}
                leftSection={<IconFlask size={18} stroke={1.7} />}
                rightSection={<StatusBadge status={status} />}
                onClick={go}
              />
            ))}
          </Spotlight.ActionsGroup>
        )}
        {pages.length + tasks.length === 0 && <Spotlight.Empty>{t('palette.empty')}</Spotlight.Empty>}
      </Spotlight.ActionsList>
    </Spotlight.Root>
  );
}

function usePages() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const listed = navigation.flatMap(({ pages }) =>
    pages.map(({ label, icon, link }) => ({ label: t(label), icon, go: () => void navigate(link) })),
  );
  return [
    ...listed,
    { label: t('nav.profile'), icon: IconUser, go: () => void navigate({ to: '/profile' }) },
    { label: t('nav.keys'), icon: IconKey, go: () => void navigate({ to: '/profile/keys' }) },
  ];
}

function useTasks(words: string) {
  const navigate = useNavigate();
  const [settled] = useDebouncedValue(words, 200);
  const { data = [] } = useQuery({ ...taskSearchQuery(settled), enabled: settled.length > 1 });
  if (words.length < 2) return [];
  return data.map(({ id = '', name = id, status }) => ({
    id,
    name,
    status,
    go: () => void navigate({ to: '/tasks/$id', params: { id } }),
  }));
}
