import uPlot from 'uplot';
import { formatNumber } from '../format.ts';
import { chromeOf, type Hue, lineOf, type Scheme } from './palette.ts';
import { nearest } from './series.ts';

export interface Line {
  name: string;
  hue: Hue;
  /** The unsmoothed curve behind its smoothed one. */
  faint: boolean;
}

/** Turns a value into words of the person's language. */
export type Format = (value: number | null | undefined, locale: string) => string;

/** What decides how a chart looks, as opposed to what it shows. */
export interface Look {
  lines: readonly Line[];
  /** `bars` reach from zero; each hides the one behind it, so the tallest of a stack comes first. */
  kind: 'lines' | 'bars';
  timeAxis: boolean;
  format: Format;
  steps: readonly number[] | undefined;
  scheme: Scheme;
  locale: string;
}

interface Wanted extends Look {
  width: number;
  height: number;
  onCursor: (indexes: readonly (number | null)[] | undefined) => void;
  /** Gets the range of x that was dragged over, and undefined after a double click; without it the chart zooms by itself. */
  onRange: ((range: readonly [number, number] | undefined) => void) | undefined;
}

const FONT = "11px 'Inter Variable', system-ui, sans-serif";
const FEW_POINTS = 40;

/** Options of one chart: drag zooms along x, double click resets, the cursor finds each line's nearest point. */
export function chartOptions(wanted: Wanted): uPlot.Options {
  const { lines, kind, timeAxis, width, height, onCursor, onRange } = wanted;
  const isBars = kind === 'bars';
  return {
    width,
    height,
    legend: { show: false },
    // To the right, half of the widest label below: the last one is centred under the end.
    padding: [10, 26, 0, 0],
    scales: {
      x: { time: timeAxis, ...(isBars && { range: barRange }) },
      y: { range: isBars ? (_, __, high) => [0, (high || 1) * 1.08] : yRange },
    },
    cursor: {
      drag: { x: true, y: false, setScale: !onRange, dist: 6 },
      points: { show: !isBars, size: (_, series) => (lines[series - 1]?.faint ? 0 : 7) },
      ...(!isBars && { focus: { prox: 16 } }),
      y: false,
      dataIdx: (chart, series, index) => nearest(chart.data[series] ?? [], index) ?? index,
    },
    focus: { alpha: 0.35 },
    axes: axesOf(wanted),
    series: [
      {},
      ...lines.map((line) => (isBars ? barsOf(line, wanted.scheme) : lineSeriesOf(line, wanted.scheme))),
    ],
    hooks: {
      setCursor: [(chart) => onCursor(chart.cursor.idx == null ? undefined : [...(chart.cursor.idxs ?? [])])],
      ...(onRange && {
        setSelect: [(chart) => takeRange(chart, onRange)],
        ready: [(chart) => chart.over.addEventListener('dblclick', () => onRange(undefined))],
      }),
    },
  };
}

function takeRange(chart: uPlot, onRange: (range: readonly [number, number]) => void): void {
  const { left, width } = chart.select;
  if (width < 6) return;
  onRange([chart.posToVal(left, 'x'), chart.posToVal(left + width, 'x')]);
  chart.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
}

function lineSeriesOf({ name, hue, faint }: Line, scheme: Scheme): uPlot.Series {
  const { color, dash } = lineOf(hue, scheme);
  return {
    label: name,
    stroke: color,
    width: faint ? 1 : 1.75,
    alpha: faint ? 0.28 : 1,
    dash,
    spanGaps: true,
    points: { show: (_, __, first, last) => !faint && last - first < FEW_POINTS, size: 5 },
  };
}

function barsOf({ name, hue }: Line, scheme: Scheme): uPlot.Series {
  const { color } = lineOf(hue, scheme);
  const paths = uPlot.paths.bars?.({ size: [0.8, 48], radius: 0.08 });
  return {
    label: name,
    fill: color,
    width: 0,
    points: { show: false },
    ...(paths && { paths }),
  };
}

/** Half a bar more on both sides, so that the first and the last are whole. */
function barRange(chart: uPlot, low: number | null, high: number | null): [number, number] {
  if (low === null || high === null) return [0, 1];
  const [x] = chart.data;
  const steps = Array.from({ length: x.length - 1 }, (_, index) => (x[index + 1] ?? 0) - (x[index] ?? 0));
  const half = (steps.length > 0 ? Math.min(...steps) : 1) / 2;
  return [low - half, high + half];
}

/** Room above and below; a flat line gets a range of its own instead of an empty one. */
function yRange(_: uPlot, low: number | null, high: number | null): [number, number] {
  if (low === null || high === null) return [0, 1];
  const span = high - low || Math.abs(high) || 1;
  return [low - span * 0.06, high + span * 0.06];
}

function axesOf({ timeAxis, scheme, locale, format, steps }: Wanted): uPlot.Axis[] {
  const { text, grid } = chromeOf(scheme);
  const look = { stroke: text, font: FONT, grid: { stroke: grid, width: 1 }, ticks: { show: false } };
  return [
    {
      ...look,
      space: 70,
      size: 30,
      values: (_, splits, __, ___, step) =>
        splits.map((value) => (timeAxis ? timeLabel(value, step, locale) : formatNumber(value, locale, 2))),
    },
    {
      ...look,
      ...(steps && { incrs: [...steps] }),
      values: (_, splits) => splits.map((value) => format(value, locale)),
      size: (_, labels) => 18 + 6.2 * Math.max(3, ...(labels ?? []).map((label) => label.length)),
    },
  ];
}

const DAY_S = 86_400;

/** A label as precise as the distance between labels asks for. Both numbers are seconds. */
function timeLabel(value: number, step: number, locale: string): string {
  const moment = value * 1000;
  if (step >= 365 * DAY_S) return new Intl.DateTimeFormat(locale, { year: 'numeric' }).format(moment);
  if (step >= 28 * DAY_S)
    return new Intl.DateTimeFormat(locale, { month: 'short', year: '2-digit' }).format(moment);
  if (step >= DAY_S)
    return new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short' }).format(moment);
  return new Intl.DateTimeFormat(locale, {
    hour: '2-digit',
    minute: '2-digit',
    ...(step < 60 && { second: '2-digit' }),
    hourCycle: 'h23',
  }).format(moment);
}
