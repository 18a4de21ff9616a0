import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestGateway, type TestGateway } from '../../../test/gateway.ts';
import { startSocketUpstream, startUpstream, type Upstream } from '../../../test/upstream.ts';
import { closeInterruptedCalls } from '../index.ts';

let gateway: TestGateway;
const upstreams: Upstream[] = [];

beforeAll(async () => {
  gateway = await createTestGateway();
});

afterAll(async () => {
  await gateway.close();
  await Promise.all(upstreams.map((upstream) => upstream.close()));
});

async function kept(starting: Promise<Upstream>): Promise<Upstream> {
  const started = await starting;
  upstreams.push(started);
  return started;
}

test('an answer of unknown length is streamed, logged before its first byte and completed after its last', async () => {
  let finish = () => {};
  const machine = await kept(
    startUpstream((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.write('["first",');
      finish = () => response.end('"last"]');
    }),
  );
  await gateway.addModel('stream', [machine.port]);
  const answer = await gateway.post('/gateway/v1/models/stream/calls', {});
  const reader = (answer.body as ReadableStream<Uint8Array>).getReader();
  const first = await reader.read();
  expect(Buffer.from(first.value ?? []).toString()).toBe('["first",');
  expect(await gateway.lastCall()).toMatchObject({ outcome: 'accepted', http_status: 200, answer: null });
  finish();
  const last = await reader.read();
  expect(Buffer.from(last.value ?? []).toString()).toBe('"last"]');
  expect(await completed(gateway)).toMatchObject({
    outcome: 'ok',
    answer: '["first","last"]',
    bytes_out: 16,
  });
});

test('the deadline also ends an answer that stalls half-way', async () => {
  const machine = await kept(startUpstream((_request, response) => void response.write('some')));
  await gateway.addModel('stalling', [machine.port], 5000);
  const answer = await gateway.post('/gateway/v1/models/stalling/calls', {});
  expect(answer.status).toBe(200);
  await expect(answer.text()).rejects.toThrow();
  expect(await completed(gateway)).toMatchObject({
    outcome: 'failed',
    error_code: 'deadline_exceeded',
    bytes_out: 4,
  });
});

test('a model that breaks off before the first byte of a streamed answer: an error, and one completed row', async () => {
  const machine = await kept(
    startSocketUpstream((socket) => {
      const headers = ['content-type: image/png', 'content-encoding: gzip', 'transfer-encoding: chunked'];
      socket.write(`HTTP/1.1 200 OK\r\n${headers.join('\r\n')}\r\n\r\n`);
      setTimeout(() => socket.resetAndDestroy(), 100);
    }),
  );
  await gateway.addModel('headless', [machine.port]);
  const before = await gateway.callCount();
  const answer = await gateway.post('/gateway/v1/models/headless/calls', {});
  expect([answer.status, await answer.json()]).toMatchObject([502, { error: { code: 'bad_answer' } }]);
  expect(await completed(gateway)).toMatchObject({ outcome: 'failed', error_code: 'bad_answer' });
  expect(await gateway.callCount()).toBe(before + 1);
});

test('a caller who leaves between the head and the first byte of an answer is in the log', async () => {
  const machine = await kept(
    startUpstream((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.flushHeaders();
    }),
  );
  await gateway.addModel('silent', [machine.port]);
  const leave = new AbortController();
  const call = gateway.post('/gateway/v1/models/silent/calls', {}, undefined, leave.signal);
  call.catch(() => {});
  await expect.poll(() => machine.requests.length).toBe(1);
  leave.abort();
  await expect.poll(async () => (await gateway.lastCall()).error_code).toBe('client_closed');
});

test('calls whose answers were being sent when the server was killed are closed at its next start', async () => {
  const { db } = gateway.database;
  const row = { ...(await gateway.lastCall()), phases: '{}', outcome: 'accepted' };
  const ids = { ondemand: 'a'.repeat(32), enqueue: 'b'.repeat(32) };
  for (const kind of ['ondemand', 'enqueue'] as const) {
    await db
      .insertInto('calls')
      .values({ ...row, kind, id: ids[kind] })
      .execute();
  }
  await closeInterruptedCalls(db);
  const outcome = async (id: string) =>
    (await db.selectFrom('calls').select('outcome').where('id', '=', id).executeTakeFirstOrThrow()).outcome;
  expect(await outcome(ids.ondemand)).toBe('failed');
  expect(await outcome(ids.enqueue)).toBe('accepted');
  await db.deleteFrom('calls').where('id', 'in', Object.values(ids)).execute();
});

/** The last row, once it no longer says that the answer is being sent. */
async function completed({ lastCall }: TestGateway) {
  await expect.poll(async () => (await lastCall()).outcome).not.toBe('accepted');
  return lastCall();
}
