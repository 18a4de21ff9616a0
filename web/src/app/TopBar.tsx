import { ActionIcon, Kbd, UnstyledButton } from '@mantine/core';
import { IconMenu2, IconSearch } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { ConnectionState } from './Connection.tsx';
import { Crumbs } from './Crumbs.tsx';
import { modifier } from './keyNames.ts';
import { ProfileMenu } from './ProfileMenu.tsx';
import { openPalette } from './palette/paletteStore.ts';
import styles from './TopBar.module.css';

export function TopBar({ onMenu }: { onMenu: () => void }) {
  const { t } = useTranslation();
  return (
    <header className={styles.bar}>
      <ActionIcon size="lg" className={styles.menu} aria-label={t('nav.menu')} onClick={onMenu}>
        <IconMenu2 size={20} />
      </ActionIcon>
      <Crumbs />
      <div className={styles.tools}>
        <UnstyledButton className={styles.search} onClick={openPalette}>
          <IconSearch size={16} />
          <span className={styles.searchWord}>{t('palette.hint')}</span>
          <Kbd size="xs">{`${modifier} K`}</Kbd>
        </UnstyledButton>
        <ConnectionState />
        <ProfileMenu />
      </div>
    </header>
  );
}
