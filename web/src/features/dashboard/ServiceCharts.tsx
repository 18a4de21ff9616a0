import type { Call } from '@arno/protocol';
import { Skeleton } from '@mantine/core';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { durationSteps } from '../../ui/charts/durationSteps.ts';
import { SeriesChart } from '../../ui/charts/SeriesChart.tsx';
import type { Series } from '../../ui/charts/series.ts';
import { formatDuration, formatNumber } from '../../ui/format.ts';
import { type Bucket, bucketsOf } from './buckets.ts';
import { CallBars } from './CallBars.tsx';
import styles from './DashboardPage.module.css';
import type { ShownPeriod } from './queries.ts';

interface Props {
  kind: Call['kind'];
  past: ShownPeriod | undefined;
  mapping: string | undefined;
}

/** The calls of one service over the period: how many, what became of them, and how long they took. */
export function ServiceCharts({ kind, past, mapping }: Props) {
  const { t } = useTranslation();
  const buckets = useMemo(() => past && bucketsOf(past.starts, past[kind]), [past, kind]);
  const series = useMemo(() => buckets && latencies(buckets), [buckets]);
  if (!past || !buckets || !series) {
    return (
      <div className={styles.charts} aria-busy="true">
        <Skeleton height={290} radius="lg" />
        <Skeleton height={290} radius="lg" />
      </div>
    );
  }
  return (
    <div className={styles.charts}>
      <CallBars kind={kind} period={past.period} buckets={buckets} mapping={mapping} />
      {series.length > 0 ? (
        <SeriesChart
          title={t(`dashboard.latency.${kind}`)}
          series={series}
          format={formatMilliseconds}
          steps={durationSteps.ms}
          height={190}
        />
      ) : (
        <section className={styles.none} aria-label={t(`dashboard.latency.${kind}`)}>
          {t('dashboard.noTimes')}
        </section>
      )}
    </div>
  );
}

const percentiles = ['p50', 'p95', 'p99'] as const;

/** A line for each percentile; a bar in which nothing ended is a gap. */
function latencies(buckets: readonly Bucket[]): Series[] {
  if (!buckets.some(({ row }) => row?.timings.total)) return [];
  return percentiles.map((name, hue) => ({
    name,
    hue,
    x: buckets.map(({ start }) => start),
    y: buckets.map(({ row }) => row?.timings.total?.[name] ?? null),
  }));
}

function formatMilliseconds(ms: number | null | undefined, locale: string): string {
  if (ms === null || ms === undefined) return formatDuration(undefined);
  return ms < 1000 ? `${formatNumber(ms, locale, ms < 10 ? 1 : 0)} ms` : formatDuration(ms);
}
