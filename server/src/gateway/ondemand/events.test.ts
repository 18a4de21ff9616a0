import type { ServerResponse } from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestGateway, type TestGateway } from '../../../test/gateway.ts';
import { startUpstream, type Upstream } from '../../../test/upstream.ts';

let gateway: TestGateway;
let machine: Upstream;
let response: ServerResponse;

beforeAll(async () => {
  gateway = await createTestGateway();
  machine = await startUpstream((_request, opened) => {
    response = opened;
    response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
  });
  await gateway.addModel('events', [machine.port]);
  await gateway.addModel('short-events', [machine.port], 3000);
  await gateway.addModel('long-events', [machine.port], 5000);
});

afterAll(async () => {
  await gateway.close();
  await machine.close();
});

async function openStream(alias = 'events') {
  const answer = await gateway.post(`/gateway/v1/models/${alias}/calls`, {});
  const reader = (answer.body as ReadableStream<Uint8Array>).getReader();
  const next = async () => Buffer.from((await reader.read()).value ?? []).toString();
  return { answer, next };
}

test('the head of an event stream comes before its first event, and each event when it is sent', async () => {
  const { answer, next } = await openStream();
  expect(answer.headers.get('content-type')).toBe('text/event-stream');
  expect(answer.headers.get('x-accel-buffering')).toBe('no');
  for (const event of ['data: 1\n\n', 'data: 2\n\n']) {
    response.write(event);
    expect(await next()).toBe(event);
  }
  expect((await gateway.lastCall()).outcome).toBe('accepted');
  response.end();
  expect(await next()).toBe('');
  await expect.poll(async () => (await gateway.lastCall()).outcome).toBe('ok');
});

test('after an event the stream may be silent for one more deadline', async () => {
  const { next } = await openStream('long-events');
  response.write('data: 1\n\n');
  expect(await next()).toBe('data: 1\n\n');
  await expect(next()).rejects.toThrow();
  await expect.poll(async () => (await gateway.lastCall()).error).toMatch(/silent for 5000 ms/);
  expect(response.destroyed).toBe(true);
});

test('the deadline rules until the first event', async () => {
  const { next } = await openStream('short-events');
  await expect(next()).rejects.toThrow();
  await expect.poll(async () => (await gateway.lastCall()).error).toMatch(/did not answer within 3000 ms/);
});
