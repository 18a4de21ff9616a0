import type { Dashboard } from '@arno/protocol';
import { Skeleton } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useLocale } from '../../i18n/index.ts';
import { formatNumber } from '../../ui/format.ts';
import { Snippet } from '../../ui/Snippet.tsx';
import styles from './DashboardPage.module.css';

interface Props {
  workers: Dashboard['workers'] | undefined;
  queues: Dashboard['queues'] | undefined;
}

/** Who could work, who does, and how much waits in each queue. */
export function Workers({ workers, queues }: Props) {
  const { t } = useTranslation();
  const locale = useLocale();
  if (!workers || !queues) return <Skeleton height={120} />;
  const number = (value: number) => formatNumber(value, locale);
  return (
    <>
      {workers.total === 0 ? (
        <>
          <p className="dim" style={{ marginBottom: 8 }}>
            {t('dashboard.noWorkers')}
          </p>
          <Snippet code="arno agent --queue default" />
        </>
      ) : (
        <p className={styles.workers}>
          <span className={styles.big}>
            {number(workers.busy)} / {number(workers.total)}
          </span>
          <span className="dim">{t('dashboard.workersBusy')}</span>
        </p>
      )}
      <h3 className={styles.subhead}>{t('dashboard.queues')}</h3>
      <ul className={styles.rows}>
        {queues.map(({ id, name, depth }) => (
          <li key={id} className={styles.row}>
            <span className={styles.rowName} title={name}>
              {name}
            </span>
            <span className={depth > 0 ? undefined : 'dim'}>
              {depth > 0
                ? t('dashboard.waiting', { count: depth, value: number(depth) })
                : t('dashboard.queueEmpty')}
            </span>
          </li>
        ))}
      </ul>
    </>
  );
}
