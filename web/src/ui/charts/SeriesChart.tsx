import { ActionIcon, Tooltip, useComputedColorScheme } from '@mantine/core';
import { useIntersection } from '@mantine/hooks';
import { IconArrowsMaximize, IconArrowsMinimize, IconChartLine, IconTable } from '@tabler/icons-react';
import { lazy, type ReactNode, Suspense, useCallback, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useLocale } from '../../i18n/index.ts';
import { formatValue } from '../format.ts';
import { useEver } from '../useEver.ts';
import type { Format, Line, Look } from './chartOptions.ts';
import { Legend } from './Legend.tsx';
import styles from './SeriesChart.module.css';
import { type Aligned, align, type Series, smoothed, stacked } from './series.ts';
import { ValuesTable } from './ValuesTable.tsx';

// Pages draw their frame, numbers and legends before the library that draws is there.
const Plot = lazy(() => import('./Plot.tsx').then(({ Plot }) => ({ default: Plot })));

interface Props {
  title: string;
  /** In which the values are, such as `ms` or `%`; stands beside the title. */
  unit?: string;
  /** Keep the same array while nothing changes: another one draws anew. */
  series: readonly Series[];
  /** `bars` stacks counts. */
  kind?: 'lines' | 'bars';
  /** Name of a numeric axis ("Iteration"); without it x is epoch milliseconds. */
  xName?: string;
  /** Words for a value, on the axis, in the legend and in the table. A constant function. */
  format?: Format;
  /** Distances that labels of values may have, the smallest first; round numbers without it. Keep the same array. */
  steps?: readonly number[];
  /** Exponential smoothing of lines, 0 (none) to 1. */
  smoothing?: number;
  height?: number;
  /**
   * Gets the range that was dragged over, so that it can be fetched at full resolution, and undefined to go back (double
   * click). Without it the chart zooms into what it has.
   */
  onRange?: (range: readonly [from: number, to: number] | undefined) => void;
  /** Beside the title. */
  aside?: ReactNode;
}

/** A chart: title, unit, the values at the cursor below, and the same numbers as a table. */
export function SeriesChart(props: Props) {
  const { title, unit, series, xName, format = formatValue, kind = 'lines', aside } = props;
  const [wide, setWide] = useState(false);
  const [asTable, setAsTable] = useState(false);
  const height = wide ? 420 : (props.height ?? 230);
  const aligned = useMemo(() => align(series), [series]);
  const { ref, entry } = useIntersection({ rootMargin: '400px' });
  // Drawn when it first comes near, and kept from then on, with its zoom.
  const seen = useEver(entry?.isIntersecting === true);
  return (
    <section className={styles.card} data-wide={wide || undefined} aria-label={title} ref={ref}>
      <div className={styles.cardHead}>
        <h2 className={styles.cardTitle} title={title}>
          {title} {unit && <span className={styles.unit}>{unit}</span>}
        </h2>
        {aside}
        <ChartTools
          {...{ asTable, wide }}
          onTable={() => setAsTable(!asTable)}
          onWide={() => setWide(!wide)}
        />
      </div>
      {asTable ? (
        <ValuesTable {...{ title, aligned, xName, format }} height={height + 34} />
      ) : (
        <Drawing {...{ ...props, aligned, kind, format, height, seen }} />
      )}
    </section>
  );
}

interface DrawingProps extends Props {
  aligned: Aligned;
  kind: Look['kind'];
  format: Format;
  height: number;
  seen: boolean;
}

function Drawing({
  series,
  aligned,
  kind,
  xName,
  format,
  steps,
  smoothing = 0,
  height,
  onRange,
  seen,
}: DrawingProps) {
  const locale = useLocale();
  const scheme = useComputedColorScheme();
  const timeAxis = xName === undefined;
  const [cursor, setCursor] = useState<readonly (number | null)[]>();
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const lines = useMemo(() => series.map(toLine), [series]);
  const plotted = useMemo(
    () => (kind === 'bars' ? toBars(aligned, lines, hidden) : toLines(aligned, lines, smoothing)),
    [aligned, lines, kind, hidden, smoothing],
  );
  const data = useMemo(() => {
    // uPlot wants seconds on a time axis.
    const x = timeAxis ? aligned.x.map((value) => value / 1000) : aligned.x;
    return [x, ...plotted.ys] as uPlot.AlignedData;
  }, [aligned, plotted, timeAxis]);
  const look = useMemo(
    () => ({ lines: plotted.lines, kind, timeAxis, format, steps, scheme, locale }),
    [plotted, kind, timeAxis, format, steps, scheme, locale],
  );
  const onCursor = useCallback((indexes: typeof cursor) => setCursor(indexes), []);
  const inMilliseconds = onRange && timeAxis ? scaled(onRange, 1000) : onRange;
  return (
    <>
      <div style={{ minHeight: height }}>
        <Suspense fallback={null}>
          {seen && <Plot {...{ data, look, height, hidden, onCursor }} onRange={inMilliseconds} />}
        </Suspense>
      </div>
      <Legend
        {...{ aligned, lines, scheme, xName, format, hidden }}
        at={cursor?.find((index) => index != null) ?? undefined}
        onToggle={(name) => setHidden(toggled(hidden, name))}
      />
    </>
  );
}

interface ToolsProps {
  asTable: boolean;
  wide: boolean;
  onTable: () => void;
  onWide: () => void;
}

function ChartTools({ asTable, wide, onTable, onWide }: ToolsProps) {
  const { t } = useTranslation();
  const table = t(asTable ? 'chart.showChart' : 'chart.showTable');
  const size = t(wide ? 'chart.smaller' : 'chart.larger');
  return (
    <>
      <Tooltip label={table}>
        <ActionIcon size="sm" aria-label={table} onClick={onTable}>
          {asTable ? <IconChartLine size={16} /> : <IconTable size={16} />}
        </ActionIcon>
      </Tooltip>
      <Tooltip label={size}>
        <ActionIcon size="sm" aria-label={size} onClick={onWide}>
          {wide ? <IconArrowsMinimize size={16} /> : <IconArrowsMaximize size={16} />}
        </ActionIcon>
      </Tooltip>
    </>
  );
}

function toLine({ name, hue }: Series, place: number): Line {
  return { name, hue: hue ?? place, faint: false };
}

/** With smoothing each curve is drawn twice: as it is, faint, and smoothed. */
function toLines({ ys }: Aligned, lines: readonly Line[], smoothing: number) {
  if (smoothing === 0) return { ys, lines };
  return {
    ys: [...ys, ...ys.map((y) => smoothed(y, smoothing))],
    lines: [...lines.map((line) => ({ ...line, faint: true })), ...lines],
  };
}

/** The top of the stack first: each bar reaches from zero, and the ones below are drawn over it. */
function toBars(aligned: Aligned, lines: readonly Line[], hidden: ReadonlySet<string>) {
  return { ys: stacked(aligned, hidden).reverse(), lines: [...lines].reverse() };
}

function scaled(onRange: NonNullable<Props['onRange']>, factor: number): NonNullable<Props['onRange']> {
  return (range) => onRange(range && [range[0] * factor, range[1] * factor]);
}

function toggled(set: ReadonlySet<string>, name: string): ReadonlySet<string> {
  const next = new Set(set);
  if (!next.delete(name)) next.add(name);
  return next;
}
