import { CloseButton, SegmentedControl } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useSession } from '../../api/session.ts';
import { defined } from '../../app/search.ts';
import { PageHeader, Panel } from '../../ui/Page.tsx';
import { FailureMessage } from '../../ui/PageStates.tsx';
import { type Period, periods } from './buckets.ts';
import { Counts } from './Counts.tsx';
import styles from './DashboardPage.module.css';
import { FirstSteps } from './FirstSteps.tsx';
import { FailedCalls, LastCalls } from './LastCalls.tsx';
import { Machines } from './Machines.tsx';
import { MappingRanking } from './MappingRanking.tsx';
import { Queues } from './Queues.tsx';
import { dashboardQuery, periodQuery } from './queries.ts';
import { ServiceCharts } from './ServiceCharts.tsx';
import type { DashboardSearch } from './search.ts';
import { TaskStatuses } from './TaskStatuses.tsx';
import { Workers } from './Workers.tsx';

const route = getRouteApi('/frame/');

/** What is going on, and what was: of everything for admins and developers, of the own calls for end users. */
export function DashboardPage() {
  const { t } = useTranslation();
  const isUser = useSession().user.role === 'user';
  const { period = 'day', mapping } = route.useSearch();
  const now = useQuery(dashboardQuery);
  const past = useQuery(periodQuery(period, mapping));
  if (now.isError && !now.data) return <FailureMessage error={now.error} onRetry={now.refetch} />;
  const platform = now.data?.platform;
  const isNew = now.data?.last.length === 0 && (!platform || isEmpty(platform.mappings));
  return (
    <>
      <PageHeader
        title={t('dashboard.title')}
        description={isUser ? t('dashboard.own') : undefined}
        actions={<PeriodChoice period={period} />}
      />
      {isNew && <FirstSteps isUser={isUser} />}
      <Counts platform={platform} past={past.data} isUser={isUser} />
      {mapping && <OnlyMapping name={past.data?.mappings[0]?.alias ?? mapping} />}
      {past.isError && !past.data ? (
        <Panel className={styles.gap}>
          <FailureMessage error={past.error} onRetry={past.refetch} />
        </Panel>
      ) : (
        <>
          <ServiceCharts kind="ondemand" past={past.data} mapping={mapping} />
          <ServiceCharts kind="enqueue" past={past.data} mapping={mapping} />
        </>
      )}
      <div className={styles.columns}>
        <div className={styles.main}>
          <MappingRanking past={past.data} mapping={mapping} />
          <FailedCalls calls={now.data?.last_failed} />
          <LastCalls calls={now.data?.last} />
        </div>
        {!isUser && (
          <div className={styles.side}>
            <Machines machines={platform?.machines} />
            <Queues queues={platform?.queues} />
            <Workers workers={platform?.workers} />
            <TaskStatuses counts={platform?.tasks_by_status} />
          </div>
        )}
      </div>
    </>
  );
}

function isEmpty(mappings: Record<string, number>): boolean {
  return Object.values(mappings).every((count) => count === 0);
}

function PeriodChoice({ period }: { period: Period }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { mapping } = route.useSearch();
  const choose = (next: Period) => {
    const search: DashboardSearch = defined({ period: next === 'day' ? undefined : next, mapping });
    void navigate({ to: '/', search, replace: true, resetScroll: false });
  };
  return (
    <SegmentedControl<Period>
      aria-label={t('period.label')}
      value={period}
      onChange={choose}
      data={periods.map((value) => ({ value, label: t(`dashboard.periods.${value}`) }))}
    />
  );
}

/** Says that the charts show one mapping only, and takes that back. */
function OnlyMapping({ name }: { name: string }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { mapping: _, ...rest } = route.useSearch();
  return (
    <p className={styles.only}>
      {t('dashboard.only', { name })}
      <CloseButton
        size="sm"
        aria-label={t('dashboard.allMappings')}
        onClick={() => void navigate({ to: '/', search: rest, resetScroll: false })}
      />
    </p>
  );
}
