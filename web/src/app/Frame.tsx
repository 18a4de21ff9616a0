import { Drawer } from '@mantine/core';
import { useDisclosure, useHotkeys, useLocalStorage } from '@mantine/hooks';
import { Outlet } from '@tanstack/react-router';
import { lazy, Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import { ConnectionBanner } from './Connection.tsx';
import styles from './Frame.module.css';
import { openPalette } from './paletteStore.ts';
import { Brand, Rail, RailLinks } from './Rail.tsx';
import { TopBar } from './TopBar.tsx';

const Palette = lazy(() => import('./Palette.tsx').then((module) => ({ default: module.Palette })));

/** What stays while pages change: rail, top bar, banner. */
export function Frame() {
  const { t } = useTranslation();
  const [collapsed, setCollapsed] = useLocalStorage({
    key: 'arno.rail',
    defaultValue: false,
    getInitialValueInEffect: false,
  });
  // Here and not in the palette, which is still loading when a fast person presses the keys.
  useHotkeys([['mod+K', openPalette]], []);
  const [menu, { open, close }] = useDisclosure(false);
  return (
    <div className={styles.frame} data-collapsed={collapsed || undefined}>
      <button type="button" className={styles.skip} onClick={() => document.getElementById('main')?.focus()}>
        {t('nav.skip')}
      </button>
      <div className={styles.rail}>
        <Rail collapsed={collapsed} onCollapse={() => setCollapsed(!collapsed)} />
      </div>
      <Drawer
        opened={menu}
        onClose={close}
        size={280}
        title={<Brand />}
        closeButtonProps={{ 'aria-label': t('action.close') }}
        classNames={{ header: styles.drawerHead, body: styles.drawerBody }}
      >
        <nav aria-label={t('nav.main')}>
          <RailLinks onGo={close} />
        </nav>
      </Drawer>
      <div className={styles.body}>
        <TopBar onMenu={open} />
        <ConnectionBanner />
        <main id="main" tabIndex={-1} className={styles.main}>
          <Outlet />
        </main>
      </div>
      <Suspense fallback={null}>
        <Palette />
      </Suspense>
    </div>
  );
}
