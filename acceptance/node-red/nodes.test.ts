import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import type { Arno } from '../lib/arno.ts';
import { clearml, type Data } from '../lib/clearml.ts';
import { logIn, type Session } from '../lib/console.ts';
import { five } from '../lib/gateway.ts';
import { publishModel, publishTask, startMachine } from '../lib/publish.ts';
import { test as base, expect } from '../lib/test.ts';
import { until } from '../lib/wait.ts';
import { runFlow, useRuntime } from './lib/helper.ts';

// The built nodes in Node-RED's runtime against a real Arno.

useRuntime();

const test = base.extend<{ session: Session }>({
  session: [async ({ arno }, use) => use(await logIn(arno)), { scope: 'file' }],
});

const ends = ['answer', 'progress', 'caught'].map((id) => ({ id, type: 'helper', wires: [] }));
const catcher = { id: 'catcher', type: 'catch', scope: null, wires: [['caught']] };
const server = ({ web, token }: Pick<Arno, 'web' | 'token'>) => ({
  id: 'server',
  type: 'arno-server',
  url: web,
  auth: 'token',
  credentials: { token },
});
const node = (type: 'enqueue' | 'ondemand', properties: object) => ({
  id: 'node',
  type: `clearml-serving-${type}`,
  server: 'server',
  wires: [['answer'], ['progress']],
  ...properties,
});

test('enqueue waits, and sends the result', async ({ arno }) => {
  const input = '{"occupied": [10, 20, 30, 40], "hours": 2}';
  const enqueue = node('enqueue', { task_id: 'parking-forecast', input, wait: true, outputs: 2 });
  const flow = await runFlow([server(arno), enqueue, catcher, ...ends]);
  flow.send('node', { payload: 1, topic: 'kept' });
  const { payload, topic, call_id } = await flow.next('answer');
  expect(payload).toMatchObject({
    status: 'ok',
    response: { status: 'completed', call_id, result: { forecast: [50, 60], full: false } },
  });
  expect(topic).toBe('kept');
  await until('the node shows the end', () => flow.status('node')?.fill === 'green');
});

test('the older form answers as soon as the task is queued', async ({ arno, session }) => {
  const { public_id } = (await session.get('task-mappings')).items.find(
    ({ alias }: Data) => alias === 'parking-forecast',
  );
  const flow = await runFlow([server(arno), node('enqueue', { task_id: public_id }), ...ends]);
  flow.send('node', { payload: { input: { hours: 1 } } });
  expect((await flow.next('answer')).payload).toMatchObject({
    status: 'ok',
    response: { status: 'queued', queue: 'default', task_name: expect.any(String) },
  });
});

test('a failed task is "ko" with its document, and reaches Catch nodes', async ({ arno }) => {
  const enqueue = node('enqueue', { task_id: 'parking-forecast', input: '{"hours": "many"}', wait: true });
  const flow = await runFlow([server(arno), enqueue, catcher, ...ends]);
  flow.send('node', { payload: 1 });
  expect((await flow.next('answer')).payload).toMatchObject({
    status: 'ko',
    error: expect.any(String),
    response: { status: 'failed' },
  });
  expect((await flow.next('caught')).error.source).toMatchObject({ id: 'node' });
  expect(flow.status('node')).toMatchObject({ fill: 'red' });
});

test('a call that waits in its queue tells of it, and is cancelled by a message, or by its time limit', async ({
  arno,
  session,
}) => {
  await clearml(arno, 'queues.create', { name: 'idle' });
  await publishTask(arno, session, { alias: 'idle', default_queue: 'idle' });
  const waiting = node('enqueue', { task_id: 'idle', wait: true, outputs: 2 });
  const limited = { ...waiting, id: 'limited', cancelAfter: '1' };
  const flow = await runFlow([server(arno), waiting, limited, catcher, ...ends]);
  flow.send('node', { payload: 1, topic: 'kept' });
  const { payload, topic } = await flow.next('progress');
  expect(payload).toMatchObject({ status: 'queued', queue_position: 0 });
  expect(topic).toBe('kept');
  flow.send('node', { cancel: payload.call_id });
  expect((await flow.next('answer')).payload).toMatchObject({
    status: 'ko',
    error: 'cancelled',
    response: { status: 'aborted' },
  });
  flow.send('limited', { payload: 1 });
  expect((await flow.next('answer')).payload).toMatchObject({ error: 'cancelled after 1 s' });
  await until('both calls are cancelled', async () => {
    const { items } = await session.get('calls?limit=2');
    return items.every(({ alias, status }: Data) => alias === 'idle' && status === 'aborted');
  });
});

test('on demand answers what the model answers, in both forms', async ({ arno, session }) => {
  const { public_id, endpoint } = (await session.get('endpoint-mappings')).items[0];
  const input = JSON.stringify(await five());
  const modern = node('ondemand', { model: 'digits', input });
  const older = { ...modern, id: 'older', model: '', machine_id: public_id, endpoint };
  const flow = await runFlow([server(arno), modern, older, ...ends]);
  for (const id of ['node', 'older']) {
    flow.send(id, { payload: 1 });
    expect((await flow.next('answer')).payload).toEqual({ status: 'ok', response: { digit: 5 } });
  }
});

test('bytes go to a model and come back through the gateway', async ({ arno, session }) => {
  const echo: RequestListener = async (request, response) => {
    const type = request.headers['content-type'] ?? '';
    response.writeHead(200, { 'content-type': type }).end(await buffer(request));
  };
  const machine = await startMachine(echo);
  await publishModel(arno, session, { alias: 'echo', url: machine.url });
  const onDemand = node('ondemand', { model: 'echo', inputType: 'msg', input: 'payload' });
  const flow = await runFlow([server(arno), onDemand, ...ends]);
  const bytes = Buffer.from(Array.from({ length: 70_000 }, (_, index) => index % 256));
  flow.send('node', { payload: bytes, contentType: 'image/png' });
  const { payload, contentType } = await flow.next('answer');
  expect(contentType).toBe('image/png');
  expect(bytes.equals(payload.response)).toBe(true);
  await machine.close();
});

test('a call whose answer got lost is made once', async ({ arno, session }) => {
  const { items: before } = await session.get('calls?limit=1');
  const lossy = await startLossyProxy(arno.web);
  const enqueue = node('enqueue', { task_id: 'parking-forecast' });
  const flow = await runFlow([server({ ...arno, web: lossy.url }), enqueue, ...ends]);
  flow.send('node', { payload: 1 });
  const { payload, call_id } = await flow.next('answer');
  expect(payload).toMatchObject({ status: 'ok' });
  expect(lossy.lost()).toBe(1);
  const { items } = await session.get('calls?limit=2');
  expect(items.map(({ id }: Data) => id)).toEqual([call_id, before[0].id]);
  await lossy.close();
});

/** Passes requests on, and loses the first answer. */
async function startLossyProxy(target: string) {
  let lost = 0;
  const proxy = createServer(async (request, response) => {
    const { method = '', url, headers } = request;
    const body = await buffer(request);
    const { authorization = '', 'idempotency-key': key = '' } = headers as Record<string, string>;
    const answer = await fetch(`${target}${url}`, {
      method,
      headers: { 'content-type': 'application/json', authorization, 'idempotency-key': key },
      body,
    });
    const text = await answer.text();
    if (lost++ === 0) return response.destroy();
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(text);
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    lost: () => Math.min(lost, 1),
    async close() {
      proxy.closeAllConnections();
      await new Promise((resolve) => proxy.close(resolve));
    },
  };
}
