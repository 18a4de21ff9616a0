import { ActionIcon, Tooltip, UnstyledButton } from '@mantine/core';
import { useIntersection } from '@mantine/hooks';
import { IconArrowsMaximize, IconArrowsMinimize, IconChartLine, IconTable } from '@tabler/icons-react';
import { useCallback, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useLocale } from '../../../i18n/index.ts';
import { formatDateTime, formatNumber, formatValue } from '../../../ui/format.ts';
import { Chart } from './Chart.tsx';
import type { Line } from './chartOptions.ts';
import { lineOf, type Scheme } from './palette.ts';
import styles from './ScalarsTab.module.css';
import { type Aligned, align, type Curve, nearest, smoothed } from './series.ts';
import { ValuesTable } from './ValuesTable.tsx';

interface Props {
  metric: string;
  curves: readonly Curve[];
  slots: ReadonlyMap<string, number>;
  timeAxis: boolean;
  smoothing: number;
  scheme: Scheme;
}

/** One metric: its chart with the values at the cursor below, or the same numbers as a table. */
export function ChartCard({ metric, curves, slots, timeAxis, smoothing, scheme }: Props) {
  const { t } = useTranslation();
  const [wide, setWide] = useState(false);
  const [asTable, setAsTable] = useState(false);
  const [cursor, setCursor] = useState<readonly (number | null)[]>();
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const aligned = useMemo(() => align(curves), [curves]);
  const { data, lines } = useMemo(
    () => toPlot(aligned, slots, timeAxis, smoothing),
    [aligned, slots, timeAxis, smoothing],
  );
  const { ref, entry } = useIntersection({ rootMargin: '400px' });
  // Drawn when it first comes near, and kept from then on, with its zoom.
  const [seen, setSeen] = useState(false);
  if (entry?.isIntersecting && !seen) setSeen(true);
  const onCursor = useCallback((indexes: typeof cursor) => setCursor(indexes), []);
  const height = wide ? 420 : 230;
  return (
    <section className={styles.card} data-wide={wide || undefined} aria-label={metric} ref={ref}>
      <div className={styles.cardHead}>
        <h2 className={styles.cardTitle} title={metric}>
          {metric}
        </h2>
        <CardTool
          label={t(asTable ? 'task.scalars.showChart' : 'task.scalars.showTable')}
          onClick={() => setAsTable(!asTable)}
        >
          {asTable ? <IconChartLine size={16} /> : <IconTable size={16} />}
        </CardTool>
        <CardTool
          label={t(wide ? 'task.scalars.smaller' : 'task.scalars.larger')}
          onClick={() => setWide(!wide)}
        >
          {wide ? <IconArrowsMinimize size={16} /> : <IconArrowsMaximize size={16} />}
        </CardTool>
      </div>
      {asTable ? (
        <ValuesTable aligned={aligned} timeAxis={timeAxis} height={height + 34} />
      ) : (
        <>
          <div style={{ minHeight: height }}>
            {seen && <Chart {...{ data, lines, timeAxis, scheme, height, hidden, onCursor }} />}
          </div>
          <Legend
            {...{ aligned, slots, scheme, timeAxis, hidden }}
            at={cursor?.find((index) => index != null) ?? undefined}
            onToggle={(name) => setHidden(toggled(hidden, name))}
          />
        </>
      )}
    </section>
  );
}

function CardTool({
  label,
  onClick,
  children,
}: {
  label: string;
  onClick: () => void;
  children: React.ReactNode;
}) {
  return (
    <Tooltip label={label}>
      <ActionIcon size="sm" aria-label={label} onClick={onClick}>
        {children}
      </ActionIcon>
    </Tooltip>
  );
}

interface LegendProps {
  aligned: Aligned;
  slots: ReadonlyMap<string, number>;
  scheme: Scheme;
  timeAxis: boolean;
  hidden: ReadonlySet<string>;
  /** Index on the axis under the cursor; without it the last values stand here. */
  at: number | undefined;
  onToggle: (name: string) => void;
}

function Legend({ aligned, slots, scheme, timeAxis, hidden, at, onToggle }: LegendProps) {
  const { t } = useTranslation();
  const locale = useLocale();
  const index = at ?? aligned.x.length - 1;
  const x = aligned.x[index];
  const where = x === undefined ? '' : timeAxis ? formatDateTime(x, locale) : formatNumber(x, locale, 2);
  return (
    <div className={styles.legend}>
      <span className={styles.legendX}>
        {at === undefined
          ? t('task.scalars.last')
          : timeAxis
            ? where
            : t('task.scalars.iteration', { value: where })}
      </span>
      {aligned.names.map((name, place) => {
        const { color, dash } = lineOf(slots.get(name) ?? place, scheme);
        const y = aligned.ys[place] ?? [];
        const near = nearest(y, index);
        return (
          <UnstyledButton
            key={name}
            className={styles.legendItem}
            aria-pressed={!hidden.has(name)}
            title={t('task.scalars.toggle')}
            onClick={() => onToggle(name)}
          >
            <svg width="16" height="4" aria-hidden="true">
              <line
                x1="0"
                x2="16"
                y1="2"
                y2="2"
                stroke={color}
                strokeWidth="3"
                strokeDasharray={dash.length ? '5 3' : undefined}
              />
            </svg>
            <span className={styles.legendName}>{name}</span>
            <span className={styles.legendValue}>
              {formatValue(near === undefined ? null : y[near], locale)}
            </span>
          </UnstyledButton>
        );
      })}
    </div>
  );
}

/** uPlot wants seconds on a time axis. With smoothing each curve is drawn twice: as it is, faint, and smoothed. */
function toPlot(aligned: Aligned, slots: ReadonlyMap<string, number>, timeAxis: boolean, smoothing: number) {
  const x = timeAxis ? aligned.x.map((value) => value / 1000) : aligned.x;
  const line = (name: string, place: number, faint: boolean): Line => ({
    name,
    slot: slots.get(name) ?? place,
    faint,
  });
  const lines = aligned.names.map((name, place) => line(name, place, false));
  if (smoothing === 0) return { data: [x, ...aligned.ys] as uPlot.AlignedData, lines };
  return {
    data: [x, ...aligned.ys, ...aligned.ys.map((y) => smoothed(y, smoothing))] as uPlot.AlignedData,
    lines: [...aligned.names.map((name, place) => line(name, place, true)), ...lines],
  };
}

function toggled(set: ReadonlySet<string>, name: string): ReadonlySet<string> {
  const next = new Set(set);
  if (!next.delete(name)) next.add(name);
  return next;
}
