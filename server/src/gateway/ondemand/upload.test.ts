import { type ClientRequest, createServer, request as httpRequest, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestGateway, type TestGateway } from '../../../test/gateway.ts';
import { startUpstream, type Upstream } from '../../../test/upstream.ts';

const MiB = 1024 * 1024;
let gateway: TestGateway;
/** Answers how many bytes it got, and notes each part when it comes. */
let counter: Awaited<ReturnType<typeof startCounter>>;
let echo: Upstream;

beforeAll(async () => {
  gateway = await createTestGateway();
  counter = await startCounter();
  echo = await startUpstream(({ body }, response) => response.end(body));
  await gateway.addModel('counter', [counter.port]);
  await gateway.addModel('echo', [echo.port]);
});

afterAll(async () => {
  await gateway.close();
  await counter.close();
  await echo.close();
});

async function startCounter() {
  const seen = { bytes: 0, headers: {} as IncomingMessage['headers'], aborted: 0 };
  const server = createServer(async (request, response) => {
    Object.assign(seen, { bytes: 0, headers: request.headers });
    request.on('error', () => seen.aborted++);
    request.on('data', (chunk: Buffer) => {
      seen.bytes += chunk.length;
    });
    request.on('end', () => response.end(String(seen.bytes)));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  const close = () =>
    new Promise<void>((done) => {
      server.close(() => done());
      server.closeAllConnections();
    });
  return { seen, port, close };
}

/** A call whose body the test sends as it likes. */
function open(alias: string, headers: Record<string, string | number> = {}) {
  const request: ClientRequest = httpRequest(`${gateway.address}/gateway/v1/models/${alias}/calls`, {
    method: 'POST',
    headers: { authorization: `Bearer ${gateway.token}`, 'content-type': 'video/mp4', ...headers },
  });
  request.on('error', () => {});
  const answer = new Promise<{ status: number | undefined; body: string }>((resolve, reject) => {
    request.on('error', reject);
    request.on('response', async (response) =>
      resolve({ status: response.statusCode, body: await text(response) }),
    );
  });
  answer.catch(() => {});
  return { request, answer };
}

const codeOf = (body: string) => JSON.parse(body).error?.code;

test('a large body reaches the machine while it is still being sent, of any type, and is counted in the log', async () => {
  counter.seen.bytes = 0;
  const { request, answer } = open('counter', { 'content-encoding': 'gzip' });
  request.write(Buffer.alloc(MiB));
  await expect.poll(() => counter.seen.bytes).toBe(MiB);
  request.end(Buffer.alloc(MiB));
  expect(await answer).toEqual({ status: 200, body: String(2 * MiB) });
  expect(counter.seen.headers).toMatchObject({
    'content-type': 'video/mp4',
    'content-encoding': 'gzip',
    'transfer-encoding': 'chunked',
  });
  expect(await gateway.lastCall()).toMatchObject({
    bytes_in: 2 * MiB,
    request: `(${2 * MiB} bytes of video/mp4)`,
    outcome: 'ok',
  });
});

test('an announced size stays announced', async () => {
  const { request, answer } = open('counter', { 'content-length': MiB });
  request.end(Buffer.alloc(MiB));
  expect((await answer).body).toBe(String(MiB));
  expect(counter.seen.headers['content-length']).toBe(String(MiB));
});

test('a small body sent in parts arrives whole and in order', async () => {
  const { request, answer } = open('echo', { 'content-type': 'application/json' });
  request.write('{"a":');
  await new Promise((resolve) => setTimeout(resolve, 20));
  request.end('1}');
  expect(await answer).toEqual({ status: 200, body: '{"a":1}' });
  expect(echo.requests.at(-1)?.headers['content-length']).toBe('7');
  expect((await gateway.lastCall()).request).toBe('{"a":1}');
});

test("a body above the mapping's limit is refused, announced or not, and the connection serves on", async () => {
  const { db } = gateway.database;
  await db
    .updateTable('endpoint_mappings')
    .set({ max_request_bytes: MiB })
    .where('alias', '=', 'counter')
    .execute();
  await expect.poll(async () => (await postAnnounced(MiB + 1)).status).toBe(413);
  const { request, answer } = open('counter');
  for (let n = 0; n < 5; n++) request.write(Buffer.alloc(MiB / 2));
  request.end();
  const { status, body } = await answer;
  expect([status, codeOf(body)]).toEqual([413, 'body_too_large']);
  expect(await gateway.lastCall()).toMatchObject({ error_code: 'body_too_large', http_status: 413 });
  expect((await postAnnounced(MiB)).status).toBe(200);
  await db
    .updateTable('endpoint_mappings')
    .set({ max_request_bytes: null })
    .where('alias', '=', 'counter')
    .execute();
});

async function postAnnounced(bytes: number) {
  const { request, answer } = open('counter', { 'content-length': bytes });
  request.end(Buffer.alloc(bytes));
  return answer;
}

test('who asks before sending a body is told to send it only when it is wanted', async () => {
  const wanted = open('counter', { expect: '100-continue', 'content-length': MiB });
  wanted.request.on('continue', () => wanted.request.end(Buffer.alloc(MiB)));
  wanted.request.flushHeaders();
  expect((await wanted.answer).status).toBe(200);

  for (const headers of [
    { 'content-length': 65 * MiB },
    { 'content-length': 5, authorization: 'Bearer wrong' },
  ]) {
    const refused = open('counter', { expect: '100-continue', ...headers });
    let told = false;
    refused.request.on('continue', () => {
      told = true;
    });
    refused.request.flushHeaders();
    expect([413, 401]).toContain((await refused.answer).status);
    expect(told).toBe(false);
    refused.request.destroy();
  }
});

test('a caller who leaves in the middle of a body ends the request to the machine', async () => {
  const { aborted } = counter.seen;
  counter.seen.bytes = 0;
  const { request } = open('counter');
  request.write(Buffer.alloc(MiB));
  await expect.poll(() => counter.seen.bytes).toBe(MiB);
  request.destroy();
  await expect.poll(() => counter.seen.aborted).toBe(aborted + 1);
  await expect.poll(async () => (await gateway.lastCall()).error_code).toBe('client_closed');
});

test('a machine that answers before it has read the body is believed', async () => {
  const hasty = await startUpstreamOf((request, response) => {
    request.once('data', () => {
      request.pause();
      response.writeHead(415, { 'content-length': 2 }).end('no');
    });
  });
  await gateway.addModel('hasty', [hasty.port]);
  const { request, answer } = open('hasty');
  request.write(Buffer.alloc(MiB));
  expect(await answer).toEqual({ status: 415, body: 'no' });
  request.destroy();
  await hasty.close();
});

test('a body that had begun to be sent is not sent to a second machine', async () => {
  const resetting = await startUpstreamOf((request) => {
    request.once('data', () => request.socket.resetAndDestroy());
  });
  const second = await startCounter();
  await gateway.addModel('begun', [resetting.port, second.port]);
  const statuses = new Set<number | undefined>();
  for (let n = 0; n < 2; n++) {
    const { request, answer } = open('begun');
    request.write(Buffer.alloc(MiB));
    request.end(Buffer.alloc(MiB));
    statuses.add((await answer).status);
  }
  expect([...statuses].sort()).toEqual([200, 502]);
  await resetting.close();
  await second.close();
});

test('a caller who does not send all of a body in time says nothing of the machine on trial', async () => {
  let isBroken = true;
  const machine = await startUpstreamOf((request, response) => {
    if (isBroken) request.socket.destroy();
    else request.resume().on('end', () => response.end('{}'));
  });
  // One machine, behind both.
  await gateway.addModel('on-trial', [machine.port]);
  await gateway.addModel('on-trial-late', [machine.port], 3000);
  const state = () =>
    gateway.serving.machines.state({
      base_url: `http://127.0.0.1:${machine.port}/serve`,
      health_path: null,
    })?.state;
  const small = async () => (await gateway.post('/gateway/v1/models/on-trial/calls', {})).status;
  for (let n = 0; n < 3; n++) expect(await small()).toBe(502);
  expect(state()).toBe('ejected');
  isBroken = false;
  await expect.poll(state, { timeout: 20_000 }).toBe('trial');

  const { request, answer } = open('on-trial-late', { 'content-length': MiB });
  request.write(Buffer.alloc(MiB / 2));
  expect((await answer).status).toBe(504);
  request.destroy();
  expect(state()).toBe('trial');
  expect(await small()).toBe(200);
  await machine.close();
});

test('binary requests and answers of the Open Inference Protocol say where their JSON ends', async () => {
  const name = 'inference-header-content-length';
  const binary = await startUpstream(({ body }, response) => {
    response.setHeader(name, '2');
    response.end(body);
  });
  await gateway.addModel('binary', [binary.port]);
  const body = '{}\u0001\u0002\u0003';
  const answer = await fetch(`${gateway.address}/gateway/v1/models/binary/calls`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${gateway.token}`,
      'content-type': 'application/octet-stream',
      [name]: '2',
    },
    body,
  });
  expect([answer.headers.get(name), await answer.text()]).toEqual(['2', body]);
  expect(binary.requests[0]?.headers[name]).toBe('2');
  await binary.close();
});

async function startUpstreamOf(listener: Parameters<typeof createServer>[1]) {
  const server = createServer(listener as never);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  const close = () =>
    new Promise<void>((done) => {
      server.close(() => done());
      server.closeAllConnections();
    });
  return { port, close };
}
