import type { Dashboard } from '@arno/protocol';
import { Skeleton } from '@mantine/core';
import { IconActivity, IconPlugConnected, IconRoute, IconServer2 } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link, type LinkProps } from '@tanstack/react-router';
import type { ComponentType } from 'react';
import { useTranslation } from 'react-i18next';
import { consoleApi } from '../../api/console.ts';
import { useLocale } from '../../i18n/index.ts';
import { formatNumber } from '../../ui/format.ts';
import { PageHeader, Panel } from '../../ui/Page.tsx';
import { FailureMessage } from '../../ui/PageStates.tsx';
import styles from './DashboardPage.module.css';
import { LastCalls } from './LastCalls.tsx';
import { TaskStatuses } from './TaskStatuses.tsx';
import { Workers } from './Workers.tsx';

const POLL_MS = 5_000;

const dashboardQuery = {
  queryKey: ['dashboard'],
  queryFn: ({ signal }: { signal: AbortSignal }) => consoleApi<Dashboard>('GET', 'dashboard', { signal }),
  refetchInterval: POLL_MS,
};

export function DashboardPage() {
  const { t } = useTranslation();
  const { data, isError, error, refetch } = useQuery(dashboardQuery);
  if (isError && !data) return <FailureMessage error={error} onRetry={refetch} />;
  return (
    <>
      <PageHeader title={t('dashboard.title')} />
      <Counts data={data} />
      <div className={styles.columns}>
        <Panel
          flush
          title={t('dashboard.lastCalls')}
          aside={
            <Link to="/calls/$kind" params={{ kind: 'enqueue' }} className={`link ${styles.more}`}>
              {t('dashboard.allCalls')}
            </Link>
          }
        >
          <LastCalls calls={data?.calls.last} />
        </Panel>
        <div className={styles.side}>
          <Panel title={t('dashboard.tasks')}>
            <TaskStatuses counts={data?.tasks_by_status} />
          </Panel>
          <Panel title={t('dashboard.compute')}>
            <Workers workers={data?.workers} queues={data?.queues} />
          </Panel>
        </div>
      </div>
    </>
  );
}

function Counts({ data }: { data: Dashboard | undefined }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const failed = data?.calls.failed_24h ?? 0;
  return (
    <div className={styles.counts}>
      <Count
        label={t('nav.taskMappings')}
        hint={t('dashboard.taskMappingsHint')}
        icon={IconRoute}
        value={data?.counts.tasks}
        to="/tasks-mappings"
      />
      <Count
        label={t('nav.endpointMappings')}
        hint={t('dashboard.endpointMappingsHint')}
        icon={IconPlugConnected}
        value={data?.counts.endpoints}
        to="/endpoints-mappings"
      />
      <Count
        label={t('nav.machineMappings')}
        hint={t('dashboard.machineMappingsHint')}
        icon={IconServer2}
        value={data?.counts.machines}
        to="/machines-mappings"
      />
      <Count
        label={t('dashboard.calls24h')}
        hint={
          failed > 0
            ? t('dashboard.failed', { count: failed, value: formatNumber(failed, locale) })
            : t('dashboard.noneFailed')
        }
        warn={failed > 0}
        icon={IconActivity}
        value={data?.calls.last_24h}
        to="/calls/$kind"
        params={{ kind: 'enqueue' }}
      />
    </div>
  );
}

interface CountProps extends Pick<LinkProps, 'to' | 'params'> {
  label: string;
  hint: string;
  icon: ComponentType<{ size?: number; stroke?: number; className?: string | undefined }>;
  value: number | undefined;
  warn?: boolean;
}

function Count({ label, hint, icon: Icon, value, warn = false, to, params }: CountProps) {
  const locale = useLocale();
  return (
    <Link {...({ to, params } as LinkProps)} className={styles.count}>
      <span className={styles.countHead}>
        {label}
        <Icon size={18} stroke={1.7} className={styles.countIcon} />
      </span>
      <span className={styles.countValue}>
        {value === undefined ? <Skeleton height={26} width={56} my={5} /> : formatNumber(value, locale)}
      </span>
      <span
        className={styles.countHint}
        data-warn={warn || undefined}
        data-loading={value === undefined || undefined}
      >
        {hint}
      </span>
    </Link>
  );
}
