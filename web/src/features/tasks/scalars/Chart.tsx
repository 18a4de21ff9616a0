import 'uplot/dist/uPlot.min.css';
import { useMergedRef, useResizeObserver } from '@mantine/hooks';
import { memo, useEffect, useRef } from 'react';
import uPlot from 'uplot';
import { useLocale } from '../../../i18n/index.ts';
import { chartOptions, type Line } from './chartOptions.ts';
import type { Scheme } from './palette.ts';

interface Props {
  /** x, then one array a line. */
  data: uPlot.AlignedData;
  lines: readonly Line[];
  timeAxis: boolean;
  scheme: Scheme;
  height: number;
  /** Names of the lines that are switched off. */
  hidden: ReadonlySet<string>;
  /** Index into the data of each line at the cursor (x itself first); undefined when the cursor leaves. */
  onCursor: (indexes: readonly (number | null)[] | undefined) => void;
}

/** A uPlot in React's clothes: made anew when its shape changes, fed when only its data does. */
export const Chart = memo(({ data, lines, timeAxis, scheme, height, hidden, onCursor }: Props) => {
  const locale = useLocale();
  const [measure, { width }] = useResizeObserver<HTMLDivElement>();
  const box = useRef<HTMLDivElement>(null);
  const place = useMergedRef(measure, box);
  const plot = useRef<uPlot>(null);
  const fed = useRef(data);
  const shape = JSON.stringify([lines, timeAxis, scheme, locale, width > 0]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: `shape` stands for all that needs a new chart
  useEffect(() => {
    if (!box.current || width === 0) return;
    const options = chartOptions({ lines, timeAxis, scheme, language: locale, width, height, onCursor });
    const chart = new uPlot(options, data, box.current);
    plot.current = chart;
    fed.current = data;
    return () => {
      chart.destroy();
      plot.current = null;
    };
  }, [shape]);

  useEffect(() => {
    if (width > 0) plot.current?.setSize({ width, height });
  }, [width, height]);

  useEffect(() => {
    const chart = plot.current;
    if (!chart || fed.current === data) return;
    const zoomed = isZoomed(chart);
    fed.current = data;
    // Live data must not throw the person out of the range being looked at.
    chart.setData(data, !zoomed);
    if (zoomed) chart.redraw();
  }, [data]);

  useEffect(() => {
    lines.forEach((line, index) => {
      const show = !hidden.has(line.name);
      if (plot.current && plot.current.series[index + 1]?.show !== show)
        plot.current.setSeries(index + 1, { show });
    });
  }, [lines, hidden]);

  return <div ref={place} style={{ height }} />;
});

function isZoomed(chart: uPlot): boolean {
  const x = chart.data[0];
  const { min, max } = chart.scales.x ?? {};
  const first = x[0];
  const last = x.at(-1);
  if (min == null || max == null || first === undefined || last === undefined) return false;
  return min > first || max < last;
}
