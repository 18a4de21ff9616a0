import { align, type Series } from '../../ui/charts/series.ts';
import type { Measured } from './queries.ts';

export interface MachineChart {
  title: string;
  unit: string;
  series: Series[];
}

type Word =
  | 'cpu'
  | 'gpu'
  | 'memory'
  | 'gpuMemory'
  | 'network'
  | 'storage'
  | 'diskFree'
  | 'cpuTemperature'
  | 'gpuTemperature'
  | 'used'
  | 'received'
  | 'sent'
  | 'read'
  | 'written'
  | 'home'
  | 'temporary';

interface Kind {
  title: Word;
  unit: string;
  /** Metrics that it shows, as agents call them, and what each is called where there are several. */
  metrics: Readonly<Record<string, Word | undefined>>;
  /** Agents report mebibytes. */
  divide?: number;
}

/** Agents report shares in percent, memory in mebibytes, traffic in mebibytes a second and temperatures in degrees Celsius. */
const kinds: readonly Kind[] = [
  { title: 'cpu', unit: '%', metrics: { cpu_usage: undefined } },
  { title: 'memory', unit: 'GiB', metrics: { memory_used: 'used' }, divide: 1024 },
  { title: 'gpu', unit: '%', metrics: { gpu_usage: undefined } },
  { title: 'gpuMemory', unit: 'GiB', metrics: { gpu_memory_used: undefined }, divide: 1024 },
  { title: 'network', unit: 'MiB/s', metrics: { network_rx: 'received', network_tx: 'sent' } },
  { title: 'storage', unit: 'MiB/s', metrics: { disk_read: 'read', disk_write: 'written' } },
  { title: 'diskFree', unit: '%', metrics: { disk_free_home: 'home', disk_free_temp: 'temporary' } },
  { title: 'cpuTemperature', unit: '°C', metrics: { cpu_temperature: undefined } },
  { title: 'gpuTemperature', unit: '°C', metrics: { gpu_temperature: undefined } },
];

/** Beyond this many processors their average is shown: no eye tells more lines apart. */
const MOST_LINES = 8;

/** What a worker measured, as charts; only those of which there is something. */
export function chartsOf(measured: readonly Measured[], word: (key: Word) => string): MachineChart[] {
  return kinds.flatMap(({ title, unit, metrics, divide = 1 }) => {
    const series = Object.entries(metrics).flatMap(([metric, name]) =>
      linesOf(
        measured.filter((one) => one.metric === metric),
        word(name ?? title),
      ),
    );
    const scaled = series.map((line) => ({
      ...line,
      y: line.y.map((value) => (value === null ? null : value / divide)),
    }));
    return scaled.length > 0 ? [{ title: word(title), unit, series: scaled }] : [];
  });
}

function linesOf(variants: readonly Measured[], name: string): Series[] {
  if (variants.length === 1) return variants.map(({ x, y }) => ({ name, x, y }));
  if (variants.length > MOST_LINES) return [{ name, ...average(variants) }];
  return variants.map(({ variant, x, y }) => ({ name: variant, x, y }));
}

/** The mean of several series wherever any of them has a value. */
function average(variants: readonly Measured[]): Pick<Measured, 'x' | 'y'> {
  const { x, ys } = align(variants.map(({ variant, x, y }) => ({ name: variant, x, y })));
  const means = x.map((_, index) => {
    const values = ys.map((y) => y[index]).filter((value) => typeof value === 'number');
    return values.length > 0 ? values.reduce((sum, value) => sum + value, 0) / values.length : null;
  });
  return { x, y: means };
}
