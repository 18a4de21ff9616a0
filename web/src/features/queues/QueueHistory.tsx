import { SegmentedControl } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { durationSteps } from '../../ui/charts/durationSteps.ts';
import { SeriesChart } from '../../ui/charts/SeriesChart.tsx';
import { formatDuration, formatNumber } from '../../ui/format.ts';
import { queueHistoryQuery } from './queries.ts';

const spans = { hour: 1, day: 24, week: 168 } as const;
type Span = keyof typeof spans;

/** How long a queue was and how long its tasks waited. */
export function QueueHistory({ id }: { id: string }) {
  const { t } = useTranslation();
  const [span, setSpan] = useState<Span>('day');
  const { data } = useQuery(queueHistoryQuery(id, spans[span]));
  const { x, lengths, waits } = data ?? { x: [], lengths: [], waits: [] };
  const length = useMemo(() => [{ name: t('queues.history.length'), x, y: lengths }], [t, x, lengths]);
  const wait = useMemo(() => [{ name: t('queues.history.wait'), x, y: waits }], [t, x, waits]);
  const choice = (
    <SegmentedControl
      size="xs"
      aria-label={t('period.label')}
      value={span}
      onChange={(next) => setSpan(next as Span)}
      data={(Object.keys(spans) as Span[]).map((value) => ({ value, label: t(`queues.history.${value}`) }))}
    />
  );
  return (
    <>
      <SeriesChart
        title={t('queues.history.length')}
        series={length}
        format={asCount}
        height={150}
        aside={choice}
      />
      <SeriesChart
        title={t('queues.history.wait')}
        series={wait}
        format={asDuration}
        steps={durationSteps.s}
        height={150}
      />
    </>
  );
}

const asCount = (value: number | null | undefined, language: string) =>
  value === null || value === undefined ? '–' : formatNumber(value, language, 1);
const asDuration = (seconds: number | null | undefined) =>
  formatDuration(seconds === null || seconds === undefined ? undefined : seconds * 1000);
