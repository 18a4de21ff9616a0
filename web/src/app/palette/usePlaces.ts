import { useMantineColorScheme } from '@mantine/core';
import {
  IconKey,
  IconKeyboard,
  IconLanguage,
  IconLogout,
  IconMoon,
  IconPlugConnected,
  IconRoute,
  IconServer2,
  IconSun,
  IconUser,
} from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useSession } from '../../api/session.ts';
import { chooseLanguage, type Language, languages } from '../../i18n/index.ts';
import { navigationFor } from '../navigation.ts';
import { openShortcuts } from '../shortcuts.ts';
import { useLogout } from '../useLogout.ts';
import type { Entry } from './entries.ts';

/** The pages that the person may open. */
export function usePages(): Entry[] {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const listed = navigationFor(useSession()).flatMap(({ pages }) =>
    pages.map(({ label, icon, link }) => ({
      ...{ id: label, label: t(label), icon },
      run: () => void navigate(link),
    })),
  );
  return [
    ...listed,
    {
      ...{ id: 'profile', label: t('nav.profile'), icon: IconUser },
      run: () => void navigate({ to: '/profile' }),
    },
    {
      ...{ id: 'keys', label: t('nav.keys'), icon: IconKey },
      run: () => void navigate({ to: '/profile/keys' }),
    },
  ];
}

/** What can be done from anywhere. */
export function useActions(): Entry[] {
  const { t, i18n } = useTranslation();
  const { setColorScheme, colorScheme } = useMantineColorScheme();
  const logout = useLogout();
  const themes = (['light', 'dark'] as const).filter((theme) => theme !== colorScheme);
  const others = (Object.keys(languages) as Language[]).filter((language) => language !== i18n.language);
  return [
    ...useNew(),
    ...themes.map((theme) => ({
      id: `theme-${theme}`,
      label: t('palette.theme', { theme: t(`theme.${theme}`) }),
      icon: theme === 'dark' ? IconMoon : IconSun,
      run: () => setColorScheme(theme),
    })),
    ...others.map((language) => ({
      id: `language-${language}`,
      label: t('palette.language', { language: languages[language] }),
      icon: IconLanguage,
      run: () => void chooseLanguage(language),
    })),
    { id: 'shortcuts', label: t('shortcuts.title'), icon: IconKeyboard, run: openShortcuts },
    { id: 'logout', label: t('action.logout'), icon: IconLogout, run: () => void logout() },
  ];
}

/** The forms that make something. */
function useNew(): Entry[] {
  const { t } = useTranslation();
  const navigate = useNavigate();
  if (useSession().user.role !== 'admin') return [];
  const forms = [
    { label: 'mappings.tasks.new', icon: IconRoute, to: '/tasks-mappings/new' },
    { label: 'mappings.endpoints.new', icon: IconPlugConnected, to: '/endpoints-mappings/new' },
    { label: 'mappings.machines.new', icon: IconServer2, to: '/machines-mappings/new' },
  ] as const;
  return forms.map(({ label, icon, to }) => ({
    ...{ id: to, label: t(label), icon },
    run: () => void navigate({ to }),
  }));
}
