import type { Socket } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestGateway, type TestGateway } from '../../../test/gateway.ts';
import { startSocketUpstream, startUpstream, type Upstream } from '../../../test/upstream.ts';

let gateway: TestGateway;
const upstreams: Upstream[] = [];

beforeAll(async () => {
  gateway = await createTestGateway();
});

afterAll(async () => {
  await gateway.close();
  await Promise.all(upstreams.map((upstream) => upstream.close()));
});

/** A model whose machine sends these bytes, whatever it is asked. */
async function addRaw(alias: string, answer: (socket: Socket) => void, deadlineMs?: number): Promise<void> {
  const machine = await startSocketUpstream(answer);
  upstreams.push(machine);
  await gateway.addModel(alias, [machine.port], deadlineMs);
}

async function call(alias: string) {
  const answer = await gateway.post(`/gateway/v1/models/${alias}/calls`, {});
  return { answer, text: await answer.text() };
}

/** The bytes of an answer. */
const raw = (headers: string[], body = '') =>
  `${['HTTP/1.1 200 OK', ...headers].join('\r\n')}\r\n\r\n${body}`;

test.each<[string, string, RegExp]>([
  ['two-lengths', raw(['content-length: 2', 'content-length: 3'], '{}'), /did not answer in HTTP/],
  [
    'length-and-chunks',
    raw(['content-length: 2', 'transfer-encoding: chunked'], '2\r\n{}\r\n0\r\n\r\n'),
    /HTTP/,
  ],
  ['bad-chunk', raw(['transfer-encoding: chunked'], 'zz\r\n{}\r\n'), /HTTP/],
  ['huge-head', raw([`x-a: ${'a'.repeat(100_000)}`]), /HTTP/],
  [
    'upgrade',
    'HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n',
    /connection|HTTP/,
  ],
  ['no-such-status', 'HTTP/1.1 999 Odd\r\ncontent-length: 0\r\n\r\n', /999/],
  ['negative-length', raw(['content-length: -1']), /HTTP/],
])('%s: 502', async (alias, bytes, words) => {
  await addRaw(alias, (socket) => socket.end(bytes));
  const { answer, text } = await call(alias);
  expect([answer.status, JSON.parse(text)]).toMatchObject([502, { error: { code: 'bad_answer' } }]);
  expect((await gateway.lastCall()).error).toMatch(words);
});

test('a machine that announces more than it sends, and waits: the deadline ends it', async () => {
  await addRaw('short', (socket) => socket.write(raw(['content-length: 100'], '{"digit"')), 200);
  const { answer } = await call('short');
  expect(answer.status).toBe(504);
  expect(await gateway.lastCall()).toMatchObject({ error_code: 'deadline_exceeded' });
});

test('a machine that sends more than it announces: what it announced, and the next call is not poisoned', async () => {
  await addRaw('long', (socket) => {
    socket.on('error', () => {});
    socket.write(raw(['content-length: 2'], '{}') + raw(['content-length: 6'], 'poison'));
    socket.on('data', () => socket.write(raw(['content-length: 2'], '{}')));
  });
  for (let n = 0; n < 3; n++) expect((await call('long')).text).toBe('{}');
});

test('early hints, trailers, hop-by-hop headers, cookies and orders to proxies stay here', async () => {
  await addRaw('chatty', (socket) => {
    socket.write(
      'HTTP/1.1 103 Early Hints\r\nlink: </a.css>; rel=preload\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n',
    );
    const headers = [
      'content-type: text/html',
      'content-language: it',
      'trailer: x-sum',
      'transfer-encoding: chunked',
      'keep-alive: timeout=99',
      'connection: x-private',
      'x-private: 1',
      'set-cookie: clearml_token_basic=evil',
      'access-control-allow-origin: *',
      'x-accel-redirect: /secret',
    ];
    socket.write(raw(headers, '2\r\nhi\r\n0\r\nx-sum: 5\r\n\r\n'));
  });
  const { answer, text } = await call('chatty');
  expect([answer.status, text]).toEqual([200, 'hi']);
  const names = [...answer.headers.keys()];
  for (const name of [
    'link',
    'trailer',
    'x-private',
    'set-cookie',
    'access-control-allow-origin',
    'x-accel-redirect',
    'x-sum',
  ])
    expect(names).not.toContain(name);
  expect(answer.headers.get('content-type')).toBe('text/html');
  expect(answer.headers.get('content-language')).toBe('it');
  expect(answer.headers.get('content-security-policy')).toContain('sandbox');
  expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
});

test("an answer above the mapping's limit: refused when announced, cut off when not", async () => {
  const machine = await startUpstream(({ path }, response) => {
    if (path.endsWith('announced')) response.writeHead(200, { 'content-length': 2_000_000 });
    response.write('x'.repeat(100_000));
    const more = setInterval(() => response.write('x'.repeat(100_000)), 5);
    response.on('close', () => clearInterval(more));
  });
  upstreams.push(machine);
  for (const alias of ['announced', 'endless']) {
    await gateway.addModel(alias, [machine.port]);
    const { db } = gateway.database;
    await db
      .updateTable('endpoint_mappings')
      .set({ max_answer_bytes: 1_000_000 })
      .where('alias', '=', alias)
      .execute();
  }
  expect((await call('announced')).answer.status).toBe(502);
  expect((await gateway.lastCall()).error).toMatch(/larger than 1000000 bytes/);
  await expect(call('endless')).rejects.toThrow();
  await expect.poll(async () => (await gateway.lastCall()).error_code).toBe('bad_answer');
  expect(Number((await gateway.lastCall()).bytes_out)).toBeLessThanOrEqual(1_000_000);
});

test('a caller who takes nothing of what is sent does not keep it in memory beyond the deadline', async () => {
  const machine = await startUpstream((_request, response) => {
    response.writeHead(200, { 'content-length': 50_000_000 });
    response.end(Buffer.alloc(50_000_000));
  });
  upstreams.push(machine);
  await gateway.addModel('untaken', [machine.port], 5000);
  const answer = await gateway.post('/gateway/v1/models/untaken/calls', {});
  expect(answer.status).toBe(200);
  await expect.poll(async () => (await gateway.lastCall()).error_code).toBe('deadline_exceeded');
  await expect(answer.text()).rejects.toThrow();
});
