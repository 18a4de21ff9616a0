import { Skeleton } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useLocale } from '../../i18n/index.ts';
import { formatNumber } from '../../ui/format.ts';
import { Panel } from '../../ui/Page.tsx';
import { isTaskStatus, StatusBadge, toneOf } from '../../ui/Status.tsx';
import { statuses } from '../tasks/search.ts';
import styles from './DashboardPage.module.css';

/** How many tasks there are in each status, as a bar and in words; each line leads to its list. */
export function TaskStatuses({ counts }: { counts: Record<string, number> | undefined }) {
  const { t } = useTranslation();
  return (
    <Panel title={t('dashboard.tasks')}>
      {counts ? <Statuses counts={counts} /> : <Skeleton height={160} />}
    </Panel>
  );
}

function Statuses({ counts }: { counts: Record<string, number> }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const shown = statuses.filter((status) => (counts[status] ?? 0) > 0);
  if (shown.length === 0) {
    return (
      <p className="dim">
        {t('dashboard.noTasks')}{' '}
        <Link to="/tasks" className="link">
          {t('dashboard.noTasksLink')}
        </Link>
      </p>
    );
  }
  return (
    <>
      <div className={styles.bar} aria-hidden="true">
        {shown.filter(isTaskStatus).map((status) => (
          <span key={status} data-tone={toneOf(status)} style={{ flexGrow: counts[status] }} />
        ))}
      </div>
      <ul className={styles.rows}>
        {shown.map((status) => (
          <li key={status}>
            <Link to="/tasks" search={{ status: [status] }} className={styles.row}>
              <StatusBadge status={status} />
              <span>{formatNumber(counts[status] ?? 0, locale)}</span>
            </Link>
          </li>
        ))}
      </ul>
    </>
  );
}
