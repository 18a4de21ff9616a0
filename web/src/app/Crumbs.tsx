import { IconChevronRight } from '@tabler/icons-react';
import { Link, useMatches } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import styles from './TopBar.module.css';

/** The way from the dashboard to this page; each route says its part in `staticData.crumb`. */
export function Crumbs() {
  const { t } = useTranslation();
  const matches = useMatches().filter((match) => match.staticData.crumb);
  return (
    <nav aria-label={t('nav.crumbs')} style={{ flex: 1, minWidth: 0 }}>
      <ol className={styles.crumbs}>
        <li>
          {matches.length === 0 ? (
            <span aria-current="page">{t('nav.dashboard')}</span>
          ) : (
            <Link to="/">Arno</Link>
          )}
        </li>
        {matches.map((match, index) => {
          const Crumb = match.staticData.crumb;
          const label = typeof Crumb === 'string' ? t(Crumb) : Crumb && <Crumb params={match.params} />;
          const last = index === matches.length - 1;
          return (
            <li key={match.id}>
              <IconChevronRight size={14} style={{ flex: 'none', opacity: 0.6 }} />
              {last ? (
                <span className={styles.crumb} aria-current="page">
                  {label}
                </span>
              ) : (
                <Link to={match.pathname}>{label}</Link>
              )}
            </li>
          );
        })}
      </ol>
    </nav>
  );
}

/** Crumb of `/calls/$kind`. */
export function CallsCrumb({ params }: { params: Record<string, string | undefined> }) {
  const { t } = useTranslation();
  return t(params.kind === 'ondemand' ? 'nav.ondemandCalls' : 'nav.enqueueCalls');
}

/** Crumb of `/workers/$id`: a worker's id is its name. */
export function WorkerCrumb({ params }: { params: Record<string, string | undefined> }) {
  return params.id;
}
