import type uPlot from 'uplot';
import { formatNumber, formatValue } from '../../../ui/format.ts';
import { chromeOf, lineOf, type Scheme } from './palette.ts';
import { nearest } from './series.ts';

export interface Line {
  name: string;
  /** Place in the palette. */
  slot: number;
  /** The unsmoothed curve behind its smoothed one. */
  faint: boolean;
}

interface Wanted {
  lines: readonly Line[];
  timeAxis: boolean;
  scheme: Scheme;
  language: string;
  width: number;
  height: number;
  onCursor: (indexes: readonly (number | null)[] | undefined) => void;
}

const FONT = "11px 'Inter Variable', system-ui, sans-serif";
const FEW_POINTS = 40;

/** Options of one chart: drag zooms along x, double click resets, the cursor finds each line's nearest point. */
export function chartOptions(wanted: Wanted): uPlot.Options {
  const { lines, timeAxis, width, height, onCursor } = wanted;
  return {
    width,
    height,
    legend: { show: false },
    padding: [10, 14, 0, 0],
    scales: { x: { time: timeAxis }, y: { range: yRange } },
    cursor: {
      drag: { x: true, y: false, setScale: true, dist: 6 },
      points: { size: (_, series) => (lines[series - 1]?.faint ? 0 : 7) },
      focus: { prox: 16 },
      y: false,
      dataIdx: (chart, series, index) => nearest(chart.data[series] ?? [], index) ?? index,
    },
    focus: { alpha: 0.35 },
    axes: axesOf(wanted),
    series: [{}, ...lines.map((line) => seriesOf(line, wanted.scheme))],
    hooks: {
      setCursor: [(chart) => onCursor(chart.cursor.idx == null ? undefined : [...(chart.cursor.idxs ?? [])])],
    },
  };
}

function seriesOf({ name, slot, faint }: Line, scheme: Scheme): uPlot.Series {
  const { color, dash } = lineOf(slot, scheme);
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

/** Room above and below; a flat line gets a range of its own instead of an empty one. */
function yRange(_: uPlot, low: number | null, high: number | null): [number, number] {
  if (low === null || high === null) return [0, 1];
  const span = high - low || Math.abs(high) || 1;
  return [low - span * 0.06, high + span * 0.06];
}

function axesOf({ timeAxis, scheme, language }: Wanted): uPlot.Axis[] {
  const { text, grid } = chromeOf(scheme);
  const look = { stroke: text, font: FONT, grid: { stroke: grid, width: 1 }, ticks: { show: false } };
  return [
    {
      ...look,
      space: 70,
      size: 30,
      values: (_, splits, __, ___, step) =>
        splits.map((value) =>
          timeAxis ? timeLabel(value, step, language) : formatNumber(value, language, 2),
        ),
    },
    {
      ...look,
      values: (_, splits) => splits.map((value) => formatValue(value, language)),
      size: (_, labels) => 18 + 6.2 * Math.max(3, ...(labels ?? []).map((label) => label.length)),
    },
  ];
}

/** A label as precise as the distance between labels asks for. Both numbers are seconds. */
function timeLabel(value: number, step: number, language: string): string {
  const options: Intl.DateTimeFormatOptions =
    step >= 86_400
      ? { day: 'numeric', month: 'short' }
      : { hour: '2-digit', minute: '2-digit', ...(step < 60 && { second: '2-digit' }) };
  return new Intl.DateTimeFormat(language, { ...options, hourCycle: 'h23' }).format(value * 1000);
}
