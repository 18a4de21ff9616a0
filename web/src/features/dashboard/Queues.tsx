import type { DashboardPlatform } from '@arno/protocol';
import { Skeleton } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useLocale } from '../../i18n/index.ts';
import { formatNumber } from '../../ui/format.ts';
import { Panel } from '../../ui/Page.tsx';
import { Elapsed } from '../../ui/Time.tsx';
import styles from './DashboardPage.module.css';

/** How much waits in each queue and for how long, the longest first. */
export function Queues({ queues }: { queues: DashboardPlatform['queues'] | undefined }) {
  const { t } = useTranslation();
  const locale = useLocale();
  return (
    <Panel
      title={t('dashboard.queues')}
      aside={
        <Link to="/queues" className={`link ${styles.more}`}>
          {t('dashboard.all')}
        </Link>
      }
    >
      {!queues && <Skeleton height={80} />}
      {queues?.total === 0 && <p className="dim">{t('dashboard.noQueues')}</p>}
      <ul className={styles.rows}>
        {queues?.items.map(({ id, name, depth, oldest, workers }) => (
          <li key={id}>
            <Link to="/queues/$id" params={{ id }} className={styles.row}>
              <span className={styles.rowName} title={name}>
                {name}
                {workers === 0 && depth > 0 && (
                  <span className={`${styles.under} ${styles.warn}`}>{t('dashboard.unserved')}</span>
                )}
              </span>
              {depth > 0 ? (
                <span className={styles.rowValue}>
                  {t('dashboard.waiting', { count: depth, value: formatNumber(depth, locale) })}
                  {oldest && (
                    <span className={styles.under}>
                      {t('dashboard.oldest')} <Elapsed since={oldest} />
                    </span>
                  )}
                </span>
              ) : (
                <span className="dim">{t('dashboard.queueEmpty')}</span>
              )}
            </Link>
          </li>
        ))}
      </ul>
    </Panel>
  );
}
