import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestGateway, type TestGateway } from '../../test/gateway.ts';
import { startUpstream, type Upstream } from '../../test/upstream.ts';
import { rollUpCalls } from './log/call-changes.ts';

// What somebody sends who has nothing to lose: others must not notice.

const MiB = 1024 * 1024;
const legacy = '/clearml/serve/ondemand';
let gateway: TestGateway;
let machine: Upstream;
/** What the machine does. */
let onCall: (answer: () => void) => void;

beforeAll(async () => {
  gateway = await createTestGateway();
  machine = await startUpstream((_request, response) => onCall(() => response.end('{"digit":5}')));
  await gateway.addModel('digits', [machine.port]);
});
afterAll(async () => {
  await gateway.close();
  await machine.close();
});

/** A connection on which anything can be sent. */
function open(localAddress = '127.0.0.1') {
  const port = Number(new URL(gateway.address).port);
  const socket: Socket = connect({ host: '127.0.0.1', port, localAddress }).on('error', () => {});
  const connection = { socket, text: '' };
  socket.setEncoding('latin1').on('data', (text: string) => {
    connection.text += text;
  });
  return connection;
}

const head = (path: string, length: number | bigint, method = 'POST') =>
  `${method} ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: ${length}\r\n\r\n`;

async function expectServing(): Promise<void> {
  onCall = (answer) => answer();
  const { status } = await gateway.post('/gateway/v1/models/digits/calls', {});
  expect(status).toBe(200);
}

test('a body that is refused, and then breaks off, harms nobody', async () => {
  for (let n = 0; n < 20; n++) {
    const stranger = open();
    stranger.socket.write(head(legacy, 17 * MiB) + 'x'.repeat(1000));
    if (n % 2 === 0) await expect.poll(() => stranger.text).toContain('413');
    stranger.socket.resetAndDestroy();
  }
  await expectServing();
});

test('bodies beyond what is kept for strangers harm nobody, also those that are refused unread', async () => {
  const accepted: Socket[] = [];
  const accept = (socket: Socket) => void accepted.push(socket);
  gateway.server.on('connection', accept);
  const parked = Array.from({ length: 4 }, () => open());
  for (const { socket } of parked) socket.write(head(legacy, 16 * MiB) + 'x'.repeat(16 * MiB - 1));
  const taken = () => accepted.reduce((sum, { bytesRead }) => sum + bytesRead, 0);
  await expect.poll(taken).toBeGreaterThan(4 * (16 * MiB - 1));
  gateway.server.off('connection', accept);

  for (const [announced, answer] of [
    [16 * MiB, '503'],
    [17 * MiB, '413'],
  ] as const) {
    const stranger = open();
    stranger.socket.write(head(legacy, announced) + 'x'.repeat(MiB));
    await expect.poll(() => stranger.text).toContain(answer);
    stranger.socket.destroy();
  }
  for (const { socket } of parked) socket.destroy();
  await expectServing();
});

test.each([2n ** 63n, 2n ** 63n - 1n, 2n ** 62n])(
  'an announced length of %s is counted as what can be added up',
  async (length) => {
    for (let n = 0; n < 3; n++) {
      const stranger = open();
      stranger.socket.write(head('/gateway/v1/tasks/none/calls', length));
      await expect.poll(() => stranger.text).toContain('401');
      stranger.socket.destroy();
      expect(await gateway.lastCall()).toMatchObject({ http_status: 401, bytes_in: 2 ** 31 });
    }
    await rollUpCalls(gateway.database.db);
  },
);

test.each([
  ['POST', '/gateway/v1/nothing', 404],
  ['POST', '/serve/nothing', 404],
  ['DELETE', '/gateway/v1/calls/none', 413],
])('%s %s is answered before its body is read', async (method, path, status) => {
  const stranger = open();
  stranger.socket.write(head(path, 15 * MiB, method));
  await expect.poll(() => stranger.text).toContain(`HTTP/1.1 ${status}`);
  stranger.socket.destroy();
});

test('strangers whose bodies break off are told apart by their addresses', async () => {
  let rows = await gateway.callCount();
  const breakOff = async (from: string) => {
    const begun = new Promise((resolve) => gateway.server.once('request', resolve));
    const stranger = open(from);
    stranger.socket.write(`${head(legacy, 100)}{`);
    await begun;
    stranger.socket.resetAndDestroy();
    await expect.poll(() => gateway.callCount()).toBe(++rows);
  };
  // As many as have a row.
  for (let n = 0; n < 31; n++) await breakOff('127.0.0.66');
  await breakOff('127.0.0.77');
});

test('a request waits for its turn on its connection, and is forgotten when that ends', async () => {
  const inFlight = async () =>
    (await gateway.registry.getSingleMetric('arno_gateway_calls_in_flight')?.get())?.values;
  const idle = await inFlight();
  const before = await gateway.callCount();
  const call = `POST /gateway/v1/models/digits/calls HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${gateway.token}\r\nContent-Length: 2\r\n\r\n{}`;
  const waiting: (() => void)[] = [];
  onCall = (answer) => void waiting.push(answer);
  const patient = open();
  patient.socket.write(call + call);
  await expect.poll(() => waiting.length).toBe(1);
  waiting[0]?.();
  await expect.poll(() => waiting.length).toBe(2);
  waiting[1]?.();
  await expect.poll(() => patient.text.match(/"digit":5/g)?.length).toBe(2);
  patient.socket.destroy();

  const leaving = open();
  leaving.socket.write(call + call + call);
  await expect.poll(() => waiting.length).toBe(3);
  leaving.socket.destroy();
  await expect.poll(() => gateway.callCount()).toBe(before + 3);
  expect(await gateway.lastCall()).toMatchObject({ status: 'failed', error_code: 'client_closed' });
  await expect.poll(inFlight).toEqual(idle);
  await expectServing();
  expect(await gateway.callCount()).toBe(before + 4);
});
