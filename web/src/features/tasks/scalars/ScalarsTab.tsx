import { SegmentedControl, Skeleton, Slider } from '@mantine/core';
import { IconChartLine } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { useLocale } from '../../../i18n/index.ts';
import { SeriesChart } from '../../../ui/charts/SeriesChart.tsx';
import type { Series } from '../../../ui/charts/series.ts';
import { formatValue } from '../../../ui/format.ts';
import { Panel } from '../../../ui/Page.tsx';
import { FailureMessage, Message } from '../../../ui/PageStates.tsx';
import { Snippet } from '../../../ui/Snippet.tsx';
import { SearchInput, Toolbar } from '../../../ui/Toolbar.tsx';
import { isActive } from '../queries.ts';
import { type ScalarsSearch, smoothingMax } from '../search.ts';
import { useTask } from '../TaskPage.tsx';
import { type SingleValue, scalarsQuery, singleValuesQuery } from './queries.ts';
import styles from './ScalarsTab.module.css';
import { assignSlots, isSystemMetric, type Scalars } from './slots.ts';

const route = getRouteApi('/frame/tasks/$id/scalars');

export function ScalarsTab() {
  const { id } = route.useParams();
  const { axis, metric = '' } = route.useSearch();
  const live = isActive(useTask());
  const scalars = useQuery(scalarsQuery(id, axis === 'time' ? 'timestamp' : 'iter', live));
  const values = useQuery(singleValuesQuery(id, live)).data ?? [];

  if (scalars.isError && !scalars.data)
    return <FailureMessage error={scalars.error} onRetry={scalars.refetch} />;
  if (!scalars.data) return <ChartSkeletons />;
  const all = Object.keys(scalars.data);
  if (all.length + values.length === 0) return <NoScalars live={live} />;
  return (
    <>
      {values.length > 0 && <SingleValues values={values} />}
      {all.length > 0 && <ChartTools />}
      <Charts scalars={scalars.data} find={metric} />
    </>
  );
}

function Charts({ scalars, find }: { scalars: Scalars; find: string }) {
  const { t } = useTranslation();
  const { axis, smooth = 0 } = route.useSearch();
  const series = useMemo(() => seriesOf(scalars), [scalars]);
  const found = [...series].filter(([metric]) => metric.toLowerCase().includes(find.toLowerCase()));
  const groups = [
    { title: undefined, metrics: found.filter(([metric]) => !isSystemMetric(metric)) },
    { title: t('task.scalars.machine'), metrics: found.filter(([metric]) => isSystemMetric(metric)) },
  ];
  if (found.length === 0 && find) return <p className="dim">{t('task.scalars.noneFound')}</p>;
  return groups.map(
    ({ title, metrics }) =>
      metrics.length > 0 && (
        <div key={title ?? ''}>
          {title && <h2 className={styles.group}>{title}</h2>}
          <div className={styles.grid}>
            {metrics.map(([metric, list]) => (
              <SeriesChart
                key={metric}
                title={metric.replace(/^:monitor:/, '')}
                series={list}
                smoothing={smooth}
                {...(axis !== 'time' && { xName: t('task.scalars.iteration') })}
              />
            ))}
          </div>
        </div>
      ),
  );
}

/** metric -> its series, each with its place in the palette. */
function seriesOf(scalars: Scalars): Map<string, Series[]> {
  const slots = assignSlots(scalars);
  return new Map(
    Object.entries(scalars).map(([metric, variants]) => [
      metric,
      Object.entries(variants).map(([variant, curve]) => ({
        ...curve,
        hue: slots.get(metric)?.get(variant) ?? 0,
      })),
    ]),
  );
}

function ChartTools() {
  const { t } = useTranslation();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const change = (patch: { [Key in keyof ScalarsSearch]?: ScalarsSearch[Key] | undefined }) =>
    void navigate({ search: (old) => ({ ...old, ...patch }) as ScalarsSearch, replace: true });
  return (
    <Toolbar>
      <SearchInput
        value={search.metric ?? ''}
        placeholder={t('task.scalars.search')}
        onSearch={(metric) => change({ metric: metric || undefined })}
      />
      <SegmentedControl
        size="xs"
        aria-label={t('task.scalars.axis')}
        value={search.axis ?? 'iter'}
        onChange={(axis) => change({ axis: axis === 'time' ? 'time' : undefined })}
        data={[
          { value: 'iter', label: t('task.scalars.iterations') },
          { value: 'time', label: t('task.scalars.time') },
        ]}
      />
      <div className={styles.smoothing}>
        <span id="smoothing">{t('task.scalars.smoothing')}</span>
        <Slider
          size="sm"
          w={120}
          min={0}
          max={smoothingMax}
          step={0.01}
          label={(value) => value.toFixed(2)}
          defaultValue={search.smooth ?? 0}
          thumbProps={{ 'aria-labelledby': 'smoothing' }}
          onChangeEnd={(smooth) => change({ smooth: smooth || undefined })}
        />
      </div>
    </Toolbar>
  );
}

function SingleValues({ values }: { values: readonly SingleValue[] }) {
  const locale = useLocale();
  return (
    <dl className={styles.singles}>
      {values.map(({ metric, variant, value }) => (
        <div key={`${metric} ${variant}`} className={styles.single}>
          <dt>{metric === 'Summary' ? variant : `${metric} / ${variant}`}</dt>
          <dd>{formatValue(value, locale)}</dd>
        </div>
      ))}
    </dl>
  );
}

function ChartSkeletons() {
  return (
    <div className={styles.grid} aria-busy="true">
      {[0, 1, 2, 3].map((place) => (
        <Skeleton key={place} height={318} radius="lg" />
      ))}
    </div>
  );
}

function NoScalars({ live }: { live: boolean }) {
  const { t } = useTranslation();
  return (
    <Panel>
      <Message icon={IconChartLine} title={t('task.scalars.empty')}>
        <p>{t(live ? 'task.scalars.emptyLive' : 'task.scalars.emptyText')}</p>
        <Snippet code={'task.logger.report_scalar("loss", "train", value=0.42, iteration=1)'} />
      </Message>
    </Panel>
  );
}
