import 'uplot/dist/uPlot.min.css';
import { useMergedRef, useResizeObserver } from '@mantine/hooks';
import { memo, useEffect, useEffectEvent, useRef } from 'react';
import uPlot from 'uplot';
import { chartOptions, type Look } from './chartOptions.ts';

interface Props {
  /** x (in seconds on a time axis), then one array a line. */
  data: uPlot.AlignedData;
  look: Look;
  height: number;
  /** Names of the lines that are switched off. */
  hidden: ReadonlySet<string>;
  /** Index into the data of each line at the cursor (x itself first); undefined when the cursor leaves. */
  onCursor: (indexes: readonly (number | null)[] | undefined) => void;
  onRange: ((range: readonly [number, number] | undefined) => void) | undefined;
}

/** A uPlot in React's clothes: made anew when its look changes, fed when only its data does. */
export const Plot = memo(({ data, look, height, hidden, onCursor, onRange }: Props) => {
  const [measure, { width }] = useResizeObserver<HTMLDivElement>();
  const box = useRef<HTMLDivElement>(null);
  const place = useMergedRef(measure, box);
  const plot = useRef<uPlot>(null);
  const fed = useRef(data);
  const range = useEffectEvent((chosen: Parameters<NonNullable<typeof onRange>>[0]) => onRange?.(chosen));
  const shape = JSON.stringify([look, width > 0, Boolean(onRange)]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: `shape` stands for all that needs a new chart
  useEffect(() => {
    if (!box.current || width === 0) return;
    const options = chartOptions({
      ...look,
      ...{ width, height, onCursor },
      onRange: onRange && ((chosen) => range(chosen)),
    });
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
    look.lines.forEach((line, index) => {
      const show = !hidden.has(line.name);
      if (plot.current && plot.current.series[index + 1]?.show !== show)
        plot.current.setSeries(index + 1, { show });
    });
  }, [look, hidden]);

  return <div ref={place} style={{ ...inItsPlace, height }} />;
});

/** The chart takes the width that there is. With its own it would keep what is around it from becoming narrower. */
const inItsPlace = { contain: 'inline-size', overflow: 'hidden' } as const;

function isZoomed(chart: uPlot): boolean {
  const x = chart.data[0];
  const { min, max } = chart.scales.x ?? {};
  const first = x[0];
  const last = x.at(-1);
  if (min == null || max == null || first === undefined || last === undefined) return false;
  return min > first || max < last;
}
