import { Drawer } from '@mantine/core';
import { useDisclosure, useHotkeys, useLocalStorage } from '@mantine/hooks';
import { useTranslation } from 'react-i18next';
import { Allowed } from './Allowed.tsx';
import { ConnectionBanner } from './Connection.tsx';
import styles from './Frame.module.css';
import { PaletteOnDemand, ShortcutsOnDemand } from './onDemand.tsx';
import { openPalette } from './palette/paletteStore.ts';
import { Brand, Rail, RailLinks } from './Rail.tsx';
import { openShortcuts } from './shortcuts.ts';
import { TopBar } from './TopBar.tsx';
import { usePreload } from './usePreload.ts';

/** What stays while pages change: rail, top bar, banner. */
export function Frame() {
  const { t } = useTranslation();
  const [collapsed, setCollapsed] = useLocalStorage({
    key: 'arno.rail',
    defaultValue: false,
    getInitialValueInEffect: false,
  });
  // Here and not in the palette, which is loaded when it is first opened.
  useHotkeys([['mod+K', openPalette]], []);
  // Keyboards differ in whether this key needs Shift.
  useHotkeys([
    ['?', openShortcuts],
    ['shift+?', openShortcuts],
  ]);
  usePreload();
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
          <Allowed />
        </main>
      </div>
      <PaletteOnDemand />
      <ShortcutsOnDemand />
    </div>
  );
}
