import { Registry } from 'prom-client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestGateway, type TestGateway } from '../../../test/gateway.ts';
import { startUpstream, type Upstream, unusedPort } from '../../../test/upstream.ts';
import { GatewayMetrics } from './gateway-metrics.ts';

let gateway: TestGateway;
let machine: Upstream;
let finishStream = () => {};

beforeAll(async () => {
  gateway = await createTestGateway();
  machine = await startUpstream(({ path }, response) => {
    response.setHeader('content-type', 'application/json');
    if (!path.endsWith('/stream')) return void response.end('{"digit":7}');
    response.write('["first",');
    finishStream = () => response.end('"last"]');
  });
});

afterAll(async () => {
  await gateway.close();
  await machine.close();
});

interface Sample {
  labels: Record<string, string | number | undefined>;
  value: number;
  metricName?: string;
}

/** Samples of a metric with these labels. */
async function samples(
  name: string,
  labels: Sample['labels'],
  registry = gateway.registry,
): Promise<Sample[]> {
  const { values } = (await registry.getSingleMetric(name)?.get()) ?? { values: [] };
  return (values as Sample[]).filter((sample) =>
    Object.entries(labels).every(([label, value]) => sample.labels[label] === value),
  );
}

/** The sum of samples; of a histogram, how many values it has seen. */
async function total(name: string, labels: Sample['labels'], registry?: Registry): Promise<number> {
  const found = await samples(name, labels, registry);
  return found
    .filter(
      ({ metricName }) => metricName === undefined || metricName === name || metricName === `${name}_count`,
    )
    .reduce((sum, { value }) => sum + value, 0);
}

const calls = (labels: Sample['labels']) => total('arno_gateway_calls_total', labels);

test('an answered call is counted under its mapping, with its duration and each of its phases', async () => {
  await gateway.addModel('digits', [machine.port]);
  const answer = await gateway.post('/gateway/v1/models/digits/calls', {});
  expect(answer.status).toBe(200);
  const mapping = { kind: 'ondemand', mapping: 'digits' };
  expect(await calls({ ...mapping, outcome: 'ok', code: 200, error: '' })).toBe(1);
  expect(await total('arno_gateway_call_duration_seconds', mapping)).toBe(1);
  for (const phase of ['authenticate', 'lookup', 'wait', 'answer']) {
    expect(await total('arno_gateway_call_phase_duration_seconds', { kind: 'ondemand', phase })).toBe(1);
  }
  expect(await total('arno_gateway_log_batch_rows', {})).toBeGreaterThan(0);
  expect(await total('arno_gateway_log_write_duration_seconds', {})).toBeGreaterThan(0);
});

test('what callers make up does not become a label', async () => {
  for (const alias of ['nothing', 'nobody']) await gateway.post(`/gateway/v1/models/${alias}/calls`, {});
  await gateway.post('/gateway/v1/tasks/nothing/calls', {}, { authorization: 'Bearer wrong' });
  const unknown = { mapping: '(unknown)', outcome: 'failed' };
  expect(await calls({ ...unknown, kind: 'ondemand', code: 404, error: 'unknown_endpoint' })).toBe(2);
  expect(await calls({ ...unknown, kind: 'enqueue', code: 401, error: 'unauthorized' })).toBe(1);
  for (const made of ['nothing', 'nobody']) expect(await calls({ mapping: made })).toBe(0);
});

test('strangers who are no longer logged are still counted', async () => {
  const before = await calls({ code: 429, error: 'too_many_requests' });
  for (let guess = 0; guess < 33; guess++) {
    await gateway.post('/gateway/v1/tasks/nothing/calls', {}, { authorization: `Bearer guess${guess}` });
  }
  expect(await calls({ code: 429, error: 'too_many_requests' })).toBeGreaterThan(before + 1);
});

test('a streamed answer is counted when it has ended, and in flight until then', async () => {
  await gateway.addModel('stream', [machine.port]);
  const answer = await gateway.post('/gateway/v1/models/stream/calls', {});
  const inFlight = () => total('arno_gateway_calls_in_flight', { kind: 'ondemand' });
  expect([await inFlight(), await calls({ mapping: 'stream' })]).toEqual([1, 0]);
  finishStream();
  expect(await answer.text()).toBe('["first","last"]');
  await expect.poll(inFlight).toBe(0);
  expect(await calls({ mapping: 'stream', outcome: 'ok', code: 200 })).toBe(1);
});

test('a machine that cannot be reached is seen ejected', async () => {
  const port = await unusedPort();
  await gateway.addModel('gone', [port]);
  for (let call = 0; call < 3; call++) await gateway.post('/gateway/v1/models/gone/calls', {});
  const name = { machine: `http://127.0.0.1:${port}/serve` };
  expect(await calls({ mapping: 'gone', error: 'machine_unavailable', code: 503 })).toBe(3);
  expect(await total('arno_gateway_machine_ejections_total', name)).toBe(1);
  expect(await total('arno_gateway_machine_state', { ...name, state: 'ejected' })).toBe(1);
  expect(await total('arno_gateway_machine_state', { ...name, state: 'healthy' })).toBe(0);
  expect(await total('arno_gateway_machine_pending_calls', name)).toBe(0);
});

test('more than 500 mappings are counted together', async () => {
  const registry = new Registry();
  const metrics = new GatewayMetrics(registry);
  const call = { kind: 'ondemand', outcome: 'ok', status: 200, error: undefined, durationMs: 1 } as const;
  for (let index = 0; index < 510; index++) metrics.ended({ ...call, alias: `model-${index}`, phases: {} });
  metrics.ended({ ...call, alias: 'model-3', phases: {} });
  const name = 'arno_gateway_calls_total';
  expect(await total(name, { mapping: '(other)' }, registry)).toBe(10);
  expect(await total(name, { mapping: 'model-3' }, registry)).toBe(2);
});
