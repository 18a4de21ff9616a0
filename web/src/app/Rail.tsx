import { Tooltip, UnstyledButton } from '@mantine/core';
import { IconLayoutSidebarLeftCollapse, IconLayoutSidebarLeftExpand } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useSession } from '../api/session.ts';
import { Logo } from './Logo.tsx';
import { navigationFor } from './navigation.ts';
import styles from './Rail.module.css';

/** Links to the pages that the person may use, by area. `collapsed` leaves only the icons; `onGo` closes a drawer around it. */
export function RailLinks({ collapsed = false, onGo }: { collapsed?: boolean; onGo?: () => void }) {
  const { t } = useTranslation();
  const areas = navigationFor(useSession());
  return (
    <div className={styles.links}>
      {areas.map(({ area, pages }) => (
        <div key={area} className={styles.area}>
          <h2 className={styles.areaName}>{t(area)}</h2>
          {pages.map(({ label, icon: Icon, link }) => (
            <Tooltip key={label} label={t(label)} position="right" disabled={!collapsed} openDelay={0}>
              <Link
                {...link}
                className={styles.link}
                activeOptions={{ exact: link.to === '/', includeSearch: false }}
                {...(onGo && { onClick: onGo })}
              >
                <Icon size={19} stroke={1.7} className={styles.icon} />
                <span className={styles.word}>{t(label)}</span>
              </Link>
            </Tooltip>
          ))}
        </div>
      ))}
    </div>
  );
}

export function Brand() {
  return (
    <Link to="/" className={styles.brand}>
      <Logo />
      <span className={styles.word}>Arno</span>
    </Link>
  );
}

export function Rail({ collapsed, onCollapse }: { collapsed: boolean; onCollapse: () => void }) {
  const { t } = useTranslation();
  const label = t(collapsed ? 'nav.expand' : 'nav.collapse');
  const Icon = collapsed ? IconLayoutSidebarLeftExpand : IconLayoutSidebarLeftCollapse;
  return (
    <nav className={styles.rail} data-collapsed={collapsed || undefined} aria-label={t('nav.main')}>
      <Brand />
      <RailLinks collapsed={collapsed} />
      <UnstyledButton className={styles.collapse} onClick={onCollapse} aria-label={label} title={label}>
        <Icon size={19} stroke={1.7} />
        <span className={styles.word}>{label}</span>
      </UnstyledButton>
    </nav>
  );
}
