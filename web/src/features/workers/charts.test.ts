import { expect, test } from 'vitest';
import { chartsOf } from './charts.ts';

const words = (key: string) => key;
const x = [1000, 2000];

test('each kind of reading becomes a chart in a unit that people read', () => {
  const charts = chartsOf(
    [
      { metric: 'memory_used', variant: 'total', x, y: [1024, null] },
      { metric: 'cpu_usage', variant: '0', x, y: [10, 20] },
      { metric: 'cpu_usage', variant: '1', x, y: [30, 40] },
      { metric: 'network_tx', variant: 'total', x, y: [1, 0] },
      { metric: 'something_else', variant: 'total', x, y: [1, 2] },
    ],
    words,
  );
  expect(charts).toEqual([
    {
      title: 'cpu',
      unit: '%',
      series: [
        { name: '0', x, y: [10, 20] },
        { name: '1', x, y: [30, 40] },
      ],
    },
    { title: 'memory', unit: 'GiB', series: [{ name: 'used', x, y: [1, null] }] },
    { title: 'network', unit: 'MiB/s', series: [{ name: 'sent', x, y: [1, 0] }] },
  ]);
});

test('many processors become one line, their average', () => {
  const many = Array.from({ length: 9 }, (_, index) => ({
    metric: 'cpu_usage',
    variant: `${index}`,
    x: index === 0 ? [1000] : x,
    y: index === 0 ? [90] : [0, 50],
  }));
  expect(chartsOf(many, words)).toEqual([
    { title: 'cpu', unit: '%', series: [{ name: 'cpu', x, y: [10, 50] }] },
  ]);
});
