import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestGateway, type TestGateway } from '../../../test/gateway.ts';
import { startSocketUpstream, startUpstream, type Upstream, unusedPort } from '../../../test/upstream.ts';

let gateway: TestGateway;
const maxPending = 100;
const upstreams: { close(): Promise<void> }[] = [];

beforeAll(async () => {
  gateway = await createTestGateway({ maxPending });
});

afterAll(async () => {
  await gateway.close();
  await Promise.all(upstreams.map((upstream) => upstream.close()));
});

async function kept<Started extends { close(): Promise<void> }>(
  starting: Promise<Started>,
): Promise<Started> {
  const started = await starting;
  upstreams.push(started);
  return started;
}

const ok = () => kept(startUpstream((_request, response) => response.end('{}')));
const post = (alias: string, signal?: AbortSignal) =>
  gateway.post(`/gateway/v1/models/${alias}/calls`, {}, undefined, signal);
const stateOf = ({ port }: { port: number }) =>
  gateway.serving.machines.state({ base_url: `http://127.0.0.1:${port}/serve`, health_path: null });

async function statuses(alias: string, times: number): Promise<number[]> {
  const all: number[] = [];
  for (let n = 0; n < times; n++) all.push((await post(alias)).status);
  return all;
}

test('a machine that cannot be reached is ejected after three failures, and nobody notices while another serves', async () => {
  const machine = await ok();
  const dead = { port: await unusedPort() };
  await gateway.addModel('half-dead', [dead.port, machine.port]);
  expect(await statuses('half-dead', 8)).toEqual(Array.from({ length: 8 }, () => 200));
  expect(stateOf(dead)).toMatchObject({
    state: 'ejected',
    ejections: 1,
    last_error: { message: /ECONNREFUSED/ },
  });
  expect(stateOf(machine)).toMatchObject({ state: 'healthy', pending: 0, ejections: 0 });
});

test('all machines ejected: 503 at once with Retry-After, until one of them is back', async () => {
  const port = await unusedPort();
  await gateway.addModel('all-dead', [port]);
  expect(await statuses('all-dead', 3)).toEqual([503, 503, 503]);
  const refused = await post('all-dead');
  expect(refused.status).toBe(503);
  const seconds = Number(refused.headers.get('retry-after'));
  expect(seconds).toBeGreaterThanOrEqual(1);
  expect(seconds).toBeLessThanOrEqual(6);
  expect(await refused.json()).toMatchObject({
    error: { message: expect.stringMatching(/healthy.*try again/) },
  });
  const row = await gateway.lastCall();
  expect([row.machine, row.error_detail]).toEqual([null, expect.stringContaining(`${port}`)]);

  await kept(listenOn(port));
  // A check, or the end of the wait, brings it back.
  await expect.poll(async () => (await post('all-dead')).status, { interval: 200 }).toBe(200);
  expect(stateOf({ port })).toMatchObject({ state: 'healthy', ejections: 1 });
});

async function listenOn(port: number) {
  const server: Server = createServer((request, response) => {
    request.resume();
    response.end('{}');
  });
  await new Promise<void>((done) => server.listen(port, '127.0.0.1', done));
  const close = () =>
    new Promise<void>((done) => {
      server.close(() => done());
      server.closeAllConnections();
    });
  return { port: (server.address() as AddressInfo).port, close };
}

test("a model's own errors and slowness do not eject its machine, garbage and proxies without a machine do", async () => {
  const failing = await kept(
    startUpstream(({ path }, response) => {
      if (path.endsWith('slow')) return;
      response.writeHead(path.endsWith('proxied') ? 502 : 503).end('{}');
    }),
  );
  await gateway.addModel('failing', [failing.port]);
  expect(await statuses('failing', 5)).toEqual([503, 503, 503, 503, 503]);
  expect(stateOf(failing)?.state).toBe('healthy');

  const slow = await kept(startUpstream(() => {}));
  await gateway.addModel('slow', [slow.port], 50);
  expect(await statuses('slow', 4)).toEqual([504, 504, 504, 504]);
  expect(stateOf(slow)?.state).toBe('healthy');

  const proxied = await kept(startUpstream((_request, response) => response.writeHead(502).end('{}')));
  await gateway.addModel('proxied', [proxied.port]);
  expect(await statuses('proxied', 4)).toEqual([502, 502, 502, 503]);

  const garbage = await kept(startSocketUpstream((socket) => socket.end('what?\r\n\r\n')));
  await gateway.addModel('garbage', [garbage.port]);
  expect(await statuses('garbage', 4)).toEqual([502, 502, 502, 503]);
});

test('the only machine is asked again when it closed a connection that it had kept', async () => {
  const carried = new WeakMap<Socket, number>();
  const closing = await kept(
    startUpstream((_request, response) => {
      const socket = response.socket as Socket;
      const count = (carried.get(socket) ?? 0) + 1;
      carried.set(socket, count);
      if (count > 1) socket.destroy();
      else response.end('{}');
    }),
  );
  await gateway.addModel('closing', [closing.port]);
  expect(await statuses('closing', 8)).toEqual(Array.from({ length: 8 }, () => 200));
  expect(closing.requests.length).toBeGreaterThan(8);
  expect(stateOf(closing)).toMatchObject({ state: 'healthy', ejections: 0, pending: 0 });

  const answerless = await kept(startSocketUpstream((socket) => socket.destroy()));
  await gateway.addModel('answerless', [answerless.port]);
  expect((await post('answerless')).status).toBe(502);
});

test('an endpoint of an older system may have characters that stand in no URL', async () => {
  const machine = await ok();
  await gateway.addModel('cities', [machine.port]);
  const { db } = gateway.database;
  const endpoint = 'previsione città?detail=1';
  await db.updateTable('endpoint_mappings').set({ endpoint }).where('alias', '=', 'cities').execute();
  await expect
    .poll(async () => {
      await post('cities');
      return machine.requests.at(-1)?.path;
    })
    .toBe('/serve/previsione%20citt%C3%A0?detail=1');
  expect(stateOf(machine)).toMatchObject({ state: 'healthy', ejections: 0 });
});

test('a machine whose calls get no answer is asked how it is, and ejected when it does not say', async () => {
  const hanging: Upstream = await kept(startUpstream(() => {}));
  const { taskId } = await gateway.addModel('hung', [hanging.port], 50);
  const { db } = gateway.database;
  await db
    .updateTable('machine_mappings')
    .set({ health_path: '/health' })
    .where('serving_task_id', '=', taskId)
    .execute();
  await expect.poll(async () => (await post('hung')).status).toBe(504);
  const asked = () => hanging.requests.filter(({ path }) => path === '/health').length;
  await expect.poll(asked).toBeGreaterThanOrEqual(1);
});

test('a machine that hangs is asked last', async () => {
  const hanging = await kept(startUpstream(() => {}));
  const machine = await ok();
  await gateway.addModel('one-hangs', [hanging.port, machine.port], 5000);
  const all = await statuses('one-hangs', 10);
  expect(all.filter((status) => status !== 200).length).toBeLessThanOrEqual(2);
  expect(hanging.requests.length).toBeLessThanOrEqual(2);
});

test('a machine takes so many calls at a time, more get 503, and other models keep answering', async () => {
  const held: (() => void)[] = [];
  const slow = await kept(startUpstream((_request, response) => void held.push(() => response.end('{}'))));
  const quick = await ok();
  await gateway.addModel('crowded', [slow.port]);
  await gateway.addModel('quick', [quick.port]);
  let answered = 0;
  const calls = Array.from({ length: 250 }, () => post('crowded').finally(() => answered++));
  await expect.poll(() => [held.length, answered]).toEqual([maxPending, 150]);
  expect(stateOf(slow)?.pending).toBe(maxPending);
  expect(await statuses('quick', 3)).toEqual([200, 200, 200]);
  for (const release of held) release();
  const answers = await Promise.all(calls);
  const counts = new Map<number, number>();
  for (const { status } of answers) counts.set(status, (counts.get(status) ?? 0) + 1);
  expect(Object.fromEntries(counts)).toEqual({ 200: maxPending, 503: 150 });
  const busy = answers.find(({ status }) => status === 503);
  expect(busy?.headers.get('retry-after')).toBe('1');
  expect(await busy?.json()).toMatchObject({
    error: { code: 'machine_unavailable', message: /as many calls/ },
  });
  expect(stateOf(slow)).toMatchObject({ state: 'healthy', pending: 0 });
});

test('a change of mappings counts at once, also one that only the database knows of', async () => {
  const [one, other] = [await ok(), await ok()];
  const { taskId } = await gateway.addModel('moved', [one.port]);
  expect(await statuses('moved', 1)).toEqual([200]);
  const { db } = gateway.database;
  await db
    .updateTable('machine_mappings')
    .set({ base_url: `http://127.0.0.1:${other.port}` })
    .where('serving_task_id', '=', taskId)
    .execute();
  await expect
    .poll(async () => {
      await post('moved');
      return other.requests.length;
    })
    .toBeGreaterThan(0);
  await expect.poll(() => stateOf(one)).toBeUndefined();
  await db.deleteFrom('endpoint_mappings').where('serving_task_id', '=', taskId).execute();
  await expect.poll(async () => (await post('moved')).status).toBe(404);
});
