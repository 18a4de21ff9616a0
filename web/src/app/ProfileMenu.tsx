import { Menu, SegmentedControl, Text, UnstyledButton, useMantineColorScheme } from '@mantine/core';
import { IconKey, IconKeyboard, IconLogout, IconUser } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useSession } from '../api/session.ts';
import { chooseLanguage, type Language, languages } from '../i18n/index.ts';
import { openShortcuts } from './shortcuts.ts';
import styles from './TopBar.module.css';
import { useLogout } from './useLogout.ts';

function initials(name: string): string {
  const words = name.trim().split(/[\s._-]+/);
  return ((words[0]?.[0] ?? '?') + (words.length > 1 ? (words.at(-1)?.[0] ?? '') : '')).toUpperCase();
}

export function ProfileMenu() {
  const { t } = useTranslation();
  const { user } = useSession();
  const logout = useLogout();
  return (
    <Menu position="bottom-end" width={248} shadow="md" closeOnItemClick>
      <Menu.Target>
        <UnstyledButton className={styles.person}>
          {initials(user.name)}
          <span className="visuallyHidden">{t('nav.profileMenu', { name: user.name })}</span>
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <div style={{ padding: '6px 12px 8px' }}>
          <Text size="sm" fw={600} truncate>
            {user.name}
          </Text>
          <Text size="xs" c="dimmed" truncate>
            {user.username} · {t(`role.${user.role}`)}
          </Text>
        </div>
        <Menu.Divider />
        <div style={{ display: 'grid', gap: 8, padding: '6px 8px' }}>
          <ThemeChoice />
          <LanguageChoice />
        </div>
        <Menu.Divider />
        <Menu.Item leftSection={<IconUser size={16} />} component={Link} to="/profile">
          {t('nav.profile')}
        </Menu.Item>
        <Menu.Item leftSection={<IconKey size={16} />} component={Link} to="/profile/keys">
          {t('nav.keys')}
        </Menu.Item>
        <Menu.Item leftSection={<IconKeyboard size={16} />} onClick={openShortcuts}>
          {t('shortcuts.title')}
        </Menu.Item>
        <Menu.Divider />
        <Menu.Item leftSection={<IconLogout size={16} />} onClick={logout}>
          {t('action.logout')}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

export function ThemeChoice() {
  const { t } = useTranslation();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return (
    <SegmentedControl
      fullWidth
      size="xs"
      aria-label={t('profile.theme')}
      value={colorScheme}
      onChange={(value) => setColorScheme(value as typeof colorScheme)}
      data={(['light', 'dark', 'auto'] as const).map((value) => ({ value, label: t(`theme.${value}`) }))}
    />
  );
}

export function LanguageChoice() {
  const { t, i18n } = useTranslation();
  return (
    <SegmentedControl
      fullWidth
      size="xs"
      aria-label={t('profile.language')}
      value={i18n.language}
      onChange={(value) => chooseLanguage(value as Language)}
      data={Object.entries(languages).map(([value, label]) => ({ value, label }))}
    />
  );
}
