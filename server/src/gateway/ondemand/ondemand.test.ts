import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestGateway, type TestGateway } from '../../../test/gateway.ts';
import { startSocketUpstream, startUpstream, type Upstream, unusedPort } from '../../../test/upstream.ts';

let gateway: TestGateway;
const upstreams: Upstream[] = [];

beforeAll(async () => {
  gateway = await createTestGateway();
});

afterAll(async () => {
  await gateway.close();
  await Promise.all(upstreams.map((upstream) => upstream.close()));
});

async function upstream(...args: Parameters<typeof startUpstream>): Promise<Upstream> {
  const started = await startUpstream(...args);
  upstreams.push(started);
  return started;
}

async function socketUpstream(...args: Parameters<typeof startSocketUpstream>): Promise<Upstream> {
  const started = await startSocketUpstream(...args);
  upstreams.push(started);
  return started;
}

/** Bytes that no re-encoding would keep: spaces, an exponent, a number beyond the doubles. */
const exactBytes = '{ "digit": 5,  "p": 1.0e-1, "big": 12345678901234567890 }';

test('the legacy form posts params as JSON and gives the answer back byte for byte', async () => {
  const machine = await upstream((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': exactBytes.length });
    response.end(exactBytes);
  });
  const { machineId, taskId } = await gateway.addModel('digits', [machine.port]);
  for (const path of ['/clearml/serve/ondemand', '/serve/ondemand']) {
    const body = {
      access_token: gateway.token,
      machine_id: machineId,
      endpoint: 'digits',
      params: { x: [1] },
    };
    const answer = await gateway.post(path, body, {});
    expect(answer.status).toBe(200);
    expect(await answer.text()).toBe(exactBytes);
    expect(answer.headers.get('content-type')).toBe('application/json');
    const row = await gateway.lastCall();
    expect(row.id).toBe(answer.headers.get('arno-call-id'));
    expect(row).toMatchObject({
      kind: 'ondemand',
      outcome: 'ok',
      http_status: 200,
      alias: 'digits',
      endpoint: 'digits',
      public_id: machineId,
      task_id: taskId,
      machine: `http://127.0.0.1:${machine.port}/serve`,
      caller: 'Administrator',
      answer: exactBytes,
      bytes_out: exactBytes.length,
    });
    expect(Object.keys(row.phases as object)).toEqual([
      'authenticate',
      'receive',
      'lookup',
      'wait',
      'answer',
    ]);
    expect(row.request).toContain('"access_token":"***"');
    expect(row.request).not.toContain(gateway.token);
  }
  expect(machine.requests.map(({ path, body }) => [path, body])).toEqual([
    ['/serve/digits', '{"x":[1]}'],
    ['/serve/digits', '{"x":[1]}'],
  ]);
});

test('the legacy form takes a path with slashes around it too', async () => {
  const machine = await upstream((_request, response) => response.end('{}'));
  const { machineId } = await gateway.addModel('slashes', [machine.port]);
  for (const endpoint of ['/slashes', 'slashes/', '//slashes//']) {
    const answer = await gateway.post('/serve/ondemand', { machine_id: machineId, endpoint });
    expect([endpoint, answer.status]).toEqual([endpoint, 200]);
  }
  const answer = await gateway.post('/serve/ondemand', { machine_id: machineId, endpoint: '///' });
  expect([answer.status, await answer.json()]).toMatchObject([404, { error: { code: 'unknown_endpoint' } }]);
});

test('input is accepted for params, and the JSON text of an object for an object', async () => {
  const machine = await upstream((_request, response) => response.end('{}'));
  const { machineId } = await gateway.addModel('texts', [machine.port]);
  const call = (rest: object) =>
    gateway.post('/clearml/serve/ondemand', { machine_id: machineId, endpoint: 'texts', ...rest });
  for (const rest of [{ input: { a: 1 } }, { params: '{"a": 1}' }, { input: '{"a":1}' }, {}]) {
    expect((await call(rest)).status).toBe(200);
  }
  expect(machine.requests.map(({ body }) => body)).toEqual(['{"a":1}', '{"a":1}', '{"a":1}', '{}']);
});

test("a model's own error comes back with its status, and stands in the log as failed", async () => {
  const machine = await upstream((_request, response) => {
    response.writeHead(422, { 'content-type': 'application/json' });
    response.end('{"detail":"image is missing"}');
  });
  const { machineId } = await gateway.addModel('picky', [machine.port]);
  const answer = await gateway.post('/serve/ondemand', { machine_id: machineId, endpoint: 'picky' });
  expect(answer.status).toBe(422);
  expect(await answer.json()).toEqual({ detail: 'image is missing' });
  expect(await completed(gateway)).toMatchObject({ outcome: 'failed', http_status: 422, error_code: null });
});

test('the modern form passes any body through, without the token', async () => {
  const bytes = Buffer.from([0, 1, 2, 254, 255]);
  const machine = await upstream((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': bytes.length });
    response.end(bytes);
  });
  await gateway.addModel('raw', [machine.port]);
  const answer = await fetch(`${gateway.address}/gateway/v1/models/raw/calls`, {
    method: 'POST',
    headers: { authorization: `Bearer ${gateway.token}`, 'content-type': 'image/png', cookie: 'a=b' },
    body: new Uint8Array(bytes),
  });
  expect(Buffer.from(await answer.arrayBuffer())).toEqual(bytes);
  const [request] = machine.requests;
  expect(request?.headers).toMatchObject({ 'content-type': 'image/png', 'content-length': '5' });
  expect(request?.headers).not.toHaveProperty('authorization');
  expect(request?.headers).not.toHaveProperty('cookie');
  expect(await gateway.lastCall()).toMatchObject({
    request: '(5 bytes of image/png)',
    answer: '(5 bytes of application/octet-stream)',
  });
});

test('a machine that refuses connections: 503, and the log says which', async () => {
  const port = await unusedPort();
  const { machineId } = await gateway.addModel('refused', [port]);
  const answer = await gateway.post('/clearml/serve/ondemand', {
    machine_id: machineId,
    endpoint: 'refused',
  });
  expect(answer.status).toBe(503);
  const text = await answer.text();
  const { error, call_id } = JSON.parse(text) as { error: { message: string }; call_id: string };
  expect(error).toMatchObject({ code: 'machine_unavailable' });
  expect(error.message).not.toContain(String(port));
  const row = await gateway.lastCall();
  expect(row).toMatchObject({
    id: call_id,
    outcome: 'failed',
    http_status: 503,
    error_code: 'machine_unavailable',
    bytes_out: Buffer.byteLength(text),
  });
  expect(row.machine).toContain(String(port));
  expect(row.error_detail).toContain('ECONNREFUSED');
  expect(row.error).toBe(error.message);
  const document = await (await gateway.get(`/gateway/v1/calls/${call_id}`)).text();
  expect(document).not.toMatch(/ECONNREFUSED|127\.0\.0\.1/);
});

test('no machine registered: 503', async () => {
  const { machineId } = await gateway.addModel('nowhere', []);
  const answer = await gateway.post('/serve/ondemand', { machine_id: machineId, endpoint: 'nowhere' });
  expect([answer.status, await answer.json()]).toMatchObject([
    503,
    { error: { code: 'machine_unavailable' } },
  ]);
});

test('a hanging machine: 504 after the deadline', async () => {
  const machine = await upstream(() => {});
  await gateway.addModel('hanging', [machine.port], 150);
  const answer = await gateway.post('/gateway/v1/models/hanging/calls', {});
  expect([answer.status, await answer.json()]).toMatchObject([504, { error: { code: 'deadline_exceeded' } }]);
  expect(await gateway.lastCall()).toMatchObject({ error_code: 'deadline_exceeded', http_status: 504 });
});

test.each([
  ['reset', 'closed the connection', (socket: import('node:net').Socket) => socket.resetAndDestroy()],
  ['closing', 'closed the connection', (socket: import('node:net').Socket) => socket.end()],
  [
    'garbage',
    'did not answer in HTTP',
    (socket: import('node:net').Socket) => socket.end('hello, I am no web server\r\n'),
  ],
  [
    'cut',
    'closed the connection',
    (socket: import('node:net').Socket) =>
      socket.end('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"digit"'),
  ],
])('a machine with a %s connection: 502, it %s', async (endpoint, words, answerWith) => {
  const machine = await socketUpstream(answerWith);
  await gateway.addModel(endpoint, [machine.port]);
  const answer = await gateway.post(`/gateway/v1/models/${endpoint}/calls`, {});
  expect([answer.status, await answer.json()]).toMatchObject([502, { error: { code: 'bad_answer' } }]);
  expect((await gateway.lastCall()).error).toContain(words);
});

test('a redirection is not followed', async () => {
  const machine = await upstream((_request, response) => {
    response.writeHead(302, { location: 'http://169.254.169.254/' });
    response.end();
  });
  await gateway.addModel('elsewhere', [machine.port]);
  const answer = await gateway.post('/gateway/v1/models/elsewhere/calls', {});
  expect([answer.status, await answer.json()]).toMatchObject([502, { error: { code: 'bad_answer' } }]);
});

test('an answer above 64 MiB: 502', async () => {
  const machine = await upstream((_request, response) => {
    response.writeHead(200, { 'content-length': 65 * 1024 * 1024 });
    response.write('x');
  });
  await gateway.addModel('huge', [machine.port]);
  const answer = await gateway.post('/gateway/v1/models/huge/calls', {});
  expect([answer.status, await answer.json()]).toMatchObject([502, { error: { code: 'bad_answer' } }]);
});

test('of several machines the one with the least pending calls gets the next', async () => {
  const held: (() => void)[] = [];
  const hold = () => upstream((_request, response) => void held.push(() => response.end('{}')));
  const machines = [await hold(), await hold(), await hold()];
  await gateway.addModel(
    'balanced',
    machines.map(({ port }) => port),
  );
  const calls = Array.from({ length: 9 }, () => gateway.post('/gateway/v1/models/balanced/calls', {}));
  await expect.poll(() => held.length).toBe(9);
  expect(machines.map(({ requests }) => requests.length)).toEqual([3, 3, 3]);
  for (const release of held) release();
  await Promise.all(calls);
});

test('a failed connection is retried once on another machine', async () => {
  const machine = await upstream((_request, response) => response.end('{"ok":true}'));
  const resetting = await socketUpstream((socket) => socket.resetAndDestroy());
  await gateway.addModel('retried', [await unusedPort(), machine.port]);
  await gateway.addModel('reset-once', [resetting.port, machine.port]);
  for (const alias of ['retried', 'retried', 'reset-once', 'reset-once']) {
    const answer = await gateway.post(`/gateway/v1/models/${alias}/calls`, {});
    expect([answer.status, await answer.text()]).toEqual([200, '{"ok":true}']);
    expect((await completed(gateway)).machine).toContain(String(machine.port));
  }
});

test('after a part of an answer nobody else is asked', async () => {
  const machine = await upstream((_request, response) => response.end('{}'));
  const cut = await socketUpstream((socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{'));
  await gateway.addModel('cut-off', [cut.port, machine.port]);
  const statuses = [];
  for (let n = 0; n < 4; n++)
    statuses.push((await gateway.post('/gateway/v1/models/cut-off/calls', {})).status);
  expect(statuses.sort()).toEqual([200, 200, 502, 502]);
});

test('a caller who leaves ends the request to the model, and the log says so', async () => {
  let ended = false;
  const machine = await upstream((_request, response) => void response.on('close', () => (ended = true)));
  await gateway.addModel('left', [machine.port]);
  const leave = new AbortController();
  const call = fetch(`${gateway.address}/gateway/v1/models/left/calls`, {
    method: 'POST',
    headers: { authorization: `Bearer ${gateway.token}` },
    signal: leave.signal,
  });
  await expect.poll(() => machine.requests.length).toBe(1);
  leave.abort();
  await expect(call).rejects.toThrow();
  await expect.poll(() => ended).toBe(true);
  await expect.poll(async () => (await gateway.lastCall()).error_code).toBe('client_closed');
});

/** The last row, once it no longer says that the answer is being sent. */
async function completed({ lastCall }: TestGateway) {
  await expect.poll(async () => (await lastCall()).outcome).not.toBe('accepted');
  return lastCall();
}
