import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Arno, removeHome, startArno } from './lib/arno.ts';
import type { Data } from './lib/clearml.ts';
import { logIn } from './lib/console.ts';
import { freePorts, root } from './lib/environment.ts';
import { bearer, post } from './lib/gateway.ts';
import { checkMetrics, type Prometheus, promtool, startPrometheus } from './lib/prometheus.ts';
import { answering, publishModel, publishTask, startMachine } from './lib/publish.ts';
import { test as base, expect } from './lib/test.ts';
import { until } from './lib/wait.ts';

const token = 'only-prometheus-knows-this';

/** What of docs and deploy names metrics. */
const files = {
  dashboard: 'deploy/grafana/arno-gateway.json',
  alerts: 'deploy/prometheus/arno-alerts.yml',
  manual: 'docs/monitoring.md',
};
const read = (file: keyof typeof files) => readFile(join(root, files[file]), 'utf8');

/** A Prometheus that scrapes an Arno with calls of every kind going through it. */
interface Scraped {
  prometheus: Prometheus;
  /** What Arno answers to it. */
  metrics(): Promise<string>;
}

const test = base.extend<{ scraped: Scraped }>({
  scraped: [
    // biome-ignore lint/correctness/noEmptyPattern: Vitest reads the fixtures a fixture needs from this pattern
    async ({}, use) => {
      const stops: (() => unknown)[] = [];
      try {
        await use(await startScraped((stop) => stops.push(stop)));
      } finally {
        for (const stop of stops.reverse()) await stop();
      }
    },
    { scope: 'file' },
  ],
});

/** @param later told how to stop each part, whatever happens after it started */
async function startScraped(later: (stop: () => unknown) => void): Promise<Scraped> {
  const env = { ARNO_METRICS_TOKEN: token, ARNO_CALLBACK_NETWORKS: '127.0.0.0/8' };
  const arno = await startArno({ label: 'metrics', args: ['--no-agent', '--no-demo'], env });
  later(async () => {
    await arno.stop();
    await removeHome(arno);
  });
  const prometheus = await startPrometheus(arno, token);
  later(() => prometheus.stop());
  const machine = await startMachine(answering({ digit: 5 }));
  later(() => machine.close());
  await publish(arno, machine.url);
  later(keepCalling(arno, machine.url));
  return {
    prometheus,
    async metrics() {
      const answer = await fetch(`${arno.web}/metrics`, { headers: { authorization: `Bearer ${token}` } });
      return answer.text();
    },
  };
}

async function publish(arno: Arno, url: string): Promise<void> {
  const [deadPort] = await freePorts(1);
  const session = await logIn(arno);
  await publishModel(arno, session, { url, alias: 'well' });
  await publishModel(arno, session, { url, alias: 'limited', calls_per_minute: 1 });
  await publishModel(arno, session, { url: `http://127.0.0.1:${deadPort}`, alias: 'dead' });
  await publishTask(arno, session, { alias: 'forecast' });
}

/**
 * Makes calls of every kind and outcome, so that rates are above nothing.
 *
 * @returns how to end it
 */
function keepCalling(arno: Arno, callback_url: string): () => Promise<void> {
  const call = (path: string, body: object = {}) =>
    post(`${arno.web}/gateway/v1/${path}/calls`, body, bearer(arno));
  let isOver = false;
  const calling = (async () => {
    while (!isOver) {
      for (const alias of ['well', 'limited', 'dead', 'nothing']) await call(`models/${alias}`);
      await call('tasks/forecast');
      const { body } = await call('tasks/forecast', { callback_url });
      await fetch(arno.web + body.links.self, { method: 'DELETE', headers: bearer(arno) });
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  })();
  // Who ends it hears of it.
  calling.catch(() => {});
  return async () => {
    isOver = true;
    await calling;
  };
}

/** Queries of a dashboard's panels, with the variables as Grafana fills them in when all are chosen. */
function queriesOf(dashboard: Data): { title: string; expr: string }[] {
  return dashboard.panels.flatMap(({ title, targets = [] }: Data) =>
    targets.map(({ expr }: Data) => ({
      title,
      expr: expr
        .replaceAll('$__rate_interval', '1m')
        .replaceAll('$job', 'arno')
        .replaceAll(/\$(instance|mapping)/g, '.*'),
    })),
  );
}

test('Prometheus answers every query of the dashboard', async ({ scraped: { prometheus } }) => {
  const queries = queriesOf(JSON.parse(await read('dashboard')));
  expect(queries.length).toBeGreaterThan(25);
  for (const { title, expr } of queries) {
    expect(expr, title).not.toMatch(/\$/);
    await until(`${title} has data: ${expr}`, async () => {
      const samples = await prometheus.query(expr);
      return samples.length > 0 && samples.some(({ value: [, value] }) => value !== 'NaN');
    });
  }
});

test('the variables of the dashboard offer what there is', async ({ scraped: { prometheus } }) => {
  const { templating } = JSON.parse(await read('dashboard'));
  const offered = async () => {
    const values: Record<string, string[]> = {};
    for (const { name, type, definition } of templating.list) {
      if (type !== 'query') continue;
      const [, series = '', label] = /^label_values\((.+), (\w+)\)$/.exec(definition) ?? [];
      const filled = series.replaceAll('$job', 'arno').replaceAll('$instance', '.*');
      values[name] = await prometheus.get(`label/${label}/values?match[]=${encodeURIComponent(filled)}`);
    }
    return { ...values, mapping: values.mapping?.sort() };
  };
  await expect.poll(offered).toMatchObject({
    job: ['arno'],
    instance: [expect.stringMatching(/^127\.0\.0\.1:\d+$/)],
    mapping: ['(unknown)', 'dead', 'forecast', 'limited', 'well'],
  });
});

test('every panel asks the data source that was chosen, and has a place of its own', async () => {
  const dashboard = JSON.parse(await read('dashboard'));
  expect(dashboard.schemaVersion).toBeGreaterThanOrEqual(39);
  const { list } = dashboard.templating;
  expect(list[0]).toMatchObject({ name: 'datasource', type: 'datasource', query: 'prometheus' });
  const asked = [...dashboard.panels.flatMap(({ targets = [] }: Data) => targets), ...list.slice(1)];
  // biome-ignore lint/suspicious/noTemplateCurlyInString: it is Grafana that fills it in
  const chosen = { type: 'prometheus', uid: '${datasource}' };
  for (const { datasource } of asked) expect(datasource).toEqual(chosen);
  const cells = dashboard.panels.flatMap(({ gridPos: { x, y, w, h } }: Data) =>
    Array.from({ length: w * h }, (_, index) => `${x + (index % w)} ${y + Math.floor(index / w)}`),
  );
  expect(new Set(cells).size).toBe(cells.length);
});

test('the alerts are sound, fire when they should, and are loaded', async ({ scraped: { prometheus } }) => {
  for (const words of [
    ['check', 'rules', 'arno-alerts.yml'],
    ['test', 'rules', 'arno-alerts.test.yml'],
  ]) {
    const { code, output } = await promtool(...words);
    expect([code, output]).toEqual([0, expect.stringContaining('SUCCESS')]);
  }
  const loaded = await until('the rules are evaluated', async () => {
    const { groups } = await prometheus.get('rules');
    const rules = groups[0]?.rules ?? [];
    return rules.length > 0 && rules.every(({ health }: Data) => health !== 'unknown') && rules;
  });
  expect(loaded.filter(({ health }: Data) => health !== 'ok')).toEqual([]);
});

test('what Arno answers passes the rules for metrics', async ({ scraped: { metrics } }) => {
  const { code, output } = await checkMetrics(await metrics());
  expect([code, output]).toEqual([0, '']);
});

test('dashboard, alerts and manual name metrics that there are', async ({ scraped: { metrics } }) => {
  const text = await metrics();
  const known = new Set([...text.matchAll(/^# TYPE (\w+)/gm)].map(([, name]) => name));
  const named = (words: string) =>
    new Set(
      [...words.matchAll(/\b((?:arno|nodejs|process)_[a-z0-9_]+?)(?:_bucket|_sum|_count)?\b/g)].map(
        ([, name]) => name,
      ),
    );
  const inManual = named(await read('manual'));
  for (const file of ['dashboard', 'alerts', 'manual'] as const) {
    const unknown = [...named(await read(file))].filter((name) => !known.has(name));
    expect(unknown, files[file]).toEqual([]);
  }
  const unexplained = [...known].filter((name) => name?.startsWith('arno_') && !inManual.has(name));
  expect(unexplained).toEqual([]);
});

test('no secret and nothing that a caller made up is in a label', async ({ scraped: { metrics } }) => {
  const text = await metrics();
  expect(text).not.toContain(token);
  expect(text).not.toContain('nothing');
});
