import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createSocketServer, type Server, type Socket } from 'node:net';
import type { Arno } from '../lib/arno.ts';
import { clearml, type Data } from '../lib/clearml.ts';
import { logIn, type Session } from '../lib/console.ts';
import { bearer } from '../lib/gateway.ts';
import { residentMiB } from '../lib/process.ts';
import { test as base, expect } from '../lib/test.ts';
import { until } from '../lib/wait.ts';

// Two machines carry a model and one of them is broken; many call at once and one machine is slow. Whatever happens there, who
// calls something that works gets its answer.

interface Lab {
  session: Session;
  /** Starts a machine; it ends with the test file. */
  start(server: Server): Promise<number>;
  /** Registers a model on these ports. */
  publish(alias: string, ports: number[], deadlineMs?: number): Promise<void>;
}

const test = base.extend<{ lab: Lab }>({
  lab: [
    async ({ arno }, use) => {
      const session = await logIn(arno);
      const { id: project } = await clearml(arno, 'projects.create', { name: 'on demand' });
      const stops: (() => Promise<void>)[] = [];
      const start = async (server: Server) => {
        const sockets = new Set<Socket>();
        server.on('connection', (socket: Socket) => {
          sockets.add(socket.on('error', () => {}).on('close', () => sockets.delete(socket)));
        });
        await new Promise<void>((resolve) =>
          server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, resolve),
        );
        stops.push(async () => {
          for (const socket of sockets) socket.destroy();
          await new Promise((resolve) => server.close(resolve));
        });
        return (server.address() as AddressInfo).port;
      };
      const publish = async (alias: string, ports: number[], deadlineMs = 120_000) => {
        const { id } = await clearml(arno, 'tasks.create', { name: alias, type: 'inference', project });
        for (const port of ports) {
          const base_url = `http://127.0.0.1:${port}`;
          await session.send('POST', 'machine-mappings', { serving_task_id: id, base_url });
        }
        const endpoint = { serving_task_id: id, endpoint: 'predict', alias, deadline_ms: deadlineMs };
        await session.send('POST', 'endpoint-mappings', endpoint);
      };
      await use({ session, start, publish });
      for (const stop of stops) await stop();
    },
    { scope: 'file' },
  ],
});

const answer = '{"digit":5}';
const well = () =>
  createServer((request: IncomingMessage, response: ServerResponse) => {
    request.resume().on('end', () => response.end(answer));
  });

async function call(arno: Arno, alias: string, body = '{}'): Promise<{ status: number; body: Data }> {
  const response = await fetch(`${arno.web}/gateway/v1/models/${alias}/calls`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...bearer(arno) },
    body,
  });
  return { status: response.status, body: await response.json() };
}

const onData = (react: (socket: Socket) => void) =>
  createSocketServer((socket) => void socket.on('error', () => {}).once('data', () => react(socket)));

const broken: [what: string, server: () => Server, errors: number[]][] = [
  ['hangs', () => onData(() => {}), [504]],
  ['resets', () => onData((socket) => socket.resetAndDestroy()), []],
  [
    'lies about its length',
    () => onData((socket) => socket.end(`HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{}`)),
    [502],
  ],
  ['answers garbage', () => onData((socket) => socket.end('once upon a time\r\n\r\n')), [502]],
];

test.for(broken)(
  'of two machines one %s: the other serves',
  async ([what, server, errors], { arno, lab }) => {
    const alias = what.replaceAll(' ', '-');
    const [bad, good] = [await lab.start(server()), await lab.start(well())];
    await lab.publish(alias, [bad, good], what === 'hangs' ? 2000 : 60_000);
    const results: { status: number; body: Data }[] = [];
    for (let round = 0; round < 10; round++) {
      results.push(...(await Promise.all(Array.from({ length: 4 }, () => call(arno, alias)))));
    }
    const served = results.filter(({ status }) => status === 200);
    for (const { body } of served) expect(body).toEqual(JSON.parse(answer));
    expect(served.length).toBeGreaterThanOrEqual(results.length / 2);
    const failed = results.filter(({ status }) => status !== 200);
    for (const { status, body } of failed) {
      expect(errors).toContain(status);
      expect(body).toMatchObject({
        status: 'error',
        error: { code: expect.any(String) },
        call_id: expect.any(String),
      });
    }
    if (what === 'hangs') return;
    // A machine that gives no sensible answers gets no more calls for a while, so nobody meets it any more.
    const { items } = await lab.session.get('machines/health');
    const state = (port: number) => items.find((item: Data) => item.base_url === `http://127.0.0.1:${port}`);
    expect(state(bad)).toMatchObject({
      ejections: expect.any(Number),
      last_error: { message: expect.any(String) },
    });
    expect(state(bad).ejections).toBeGreaterThanOrEqual(1);
    expect(state(good)).toMatchObject({ state: 'healthy', ejections: 0, pending: 0 });
  },
);

const times = <Result>(count: number, work: () => Result) => Array.from({ length: count }, work);

test('1,000 concurrent calls of a slow model: memory stays flat, another model keeps answering, and all are served', async ({
  arno,
  lab,
}) => {
  const held: ServerResponse[] = [];
  const slow = createServer((request, response) => {
    request.resume().on('end', () => held.push(response));
  });
  await lab.publish('slow', [await lab.start(slow)], 280_000);
  await lab.publish('quick', [await lab.start(well())]);
  const body = JSON.stringify({ image: 'x'.repeat(100_000) });
  for (let n = 0; n < 50; n++) await call(arno, 'quick', body);
  const before = await residentMiB(arno.program);

  const calls: ReturnType<typeof call>[] = [];
  while (calls.length < 1000) {
    // More connections at a time than the system keeps for a busy test would not be opened.
    calls.push(...times(100, () => call(arno, 'slow', body)));
    await until('the slow machine has all calls', () => held.length === calls.length);
  }
  let peak = 0;
  for (let n = 0; n < 50; n++) {
    expect(await call(arno, 'quick')).toEqual({ status: 200, body: JSON.parse(answer) });
    peak = Math.max(peak, await residentMiB(arno.program));
  }

  // It may have 1,024 pending; who comes after that is not kept waiting.
  let refused = 0;
  const more = times(100, () => call(arno, 'slow', body).finally(() => refused++));
  await until('those above its limit are refused', async () => held.length === 1024 && refused === 76);
  expect((await call(arno, 'quick')).status).toBe(200);
  peak = Math.max(peak, await residentMiB(arno.program));
  for (const response of held) response.end(answer);

  const statuses = (await Promise.all(calls)).map(({ status }) => status);
  expect(statuses).toEqual(times(1000, () => 200));
  const beyond = (await Promise.all(more)).map(({ status }) => status).sort();
  expect(beyond).toEqual([...times(24, () => 200), ...times(76, () => 503)]);
  peak = Math.max(peak, await residentMiB(arno.program));
  expect(peak - before).toBeLessThan(250);
  expect((await call(arno, 'quick')).status).toBe(200);
  const { items } = await lab.session.get('calls?kind=ondemand&status=completed&limit=200');
  expect(items.length).toBe(200);
});
