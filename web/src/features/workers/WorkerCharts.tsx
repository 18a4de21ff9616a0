import { SegmentedControl, Skeleton } from '@mantine/core';
import { IconChartLine } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { SeriesChart } from '../../ui/charts/SeriesChart.tsx';
import { Panel } from '../../ui/Page.tsx';
import { FailureMessage, Message } from '../../ui/PageStates.tsx';
import { chartsOf } from './charts.ts';
import { workerStatsQuery } from './queries.ts';
import { type ChartSpan, chartSpans } from './search.ts';
import styles from './WorkerPage.module.css';

const route = getRouteApi('/frame/workers/$id');

/** How busy the machine of a worker was: the last hour, day or week. */
export function WorkerCharts({ id }: { id: string }) {
  const { t } = useTranslation();
  const { period = 'day' } = route.useSearch();
  const navigate = route.useNavigate();
  return (
    <section aria-label={t('workers.chart.title')} style={{ minWidth: 0 }}>
      <div className={styles.chartsHead}>
        <h2 className={styles.chartsTitle}>{t('workers.chart.title')}</h2>
        <SegmentedControl
          size="xs"
          aria-label={t('workers.chart.period')}
          value={period}
          onChange={(next) => void navigate({ search: { period: next as ChartSpan }, replace: true })}
          data={(Object.keys(chartSpans) as ChartSpan[]).map((value) => ({
            value,
            label: t(`workers.chart.${value}`),
          }))}
        />
      </div>
      <Charts id={id} hours={chartSpans[period]} />
    </section>
  );
}

function Charts({ id, hours }: { id: string; hours: number }) {
  const { t } = useTranslation();
  const { data, isError, error, refetch } = useQuery(workerStatsQuery(id, hours));
  const charts = useMemo(() => data && chartsOf(data, (word) => t(`workers.chart.${word}`)), [data, t]);
  if (isError && !data) return <FailureMessage error={error} onRetry={refetch} />;
  if (!charts) return <Skeleton height={290} />;
  if (charts.length === 0)
    return (
      <Panel>
        <Message icon={IconChartLine} title={t('workers.chart.none')} />
      </Panel>
    );
  return (
    <div className={styles.charts}>
      {charts.map((chart) => (
        <SeriesChart key={chart.title} {...chart} height={170} />
      ))}
    </div>
  );
}
