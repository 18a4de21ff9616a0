import { createHmac } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { createTestGateway, type TestGateway } from '../../../test/gateway.ts';
import { startUpstream, type Upstream, unusedPort } from '../../../test/upstream.ts';
import { createTaskMapping, removeMapping, rotateCallbackSecret } from '../../features/mappings/index.ts';
import { createTask } from '../../features/tasks/index.ts';
import { json } from '../../platform/database.ts';
import { Networks } from '../../platform/networks.ts';
import { findCallback } from './callback-store.ts';
import { Sender } from './sender.ts';

let gateway: TestGateway;
let receiver: Upstream;
let mappingId: string;
/** What the receiver does. */
let answer: (response: ServerResponse) => void;
/** What the file server does. */
let readResult: () => undefined = () => undefined;

beforeAll(async () => {
  gateway = await createTestGateway({
    callbacks: { firstDelayMs: 1, timeoutMs: 5_000 },
    files: { link: () => '/files/result?sig=x', read: async () => readResult() },
  });
  const task_id = await createTask(gateway.scope(), { name: 'statistics', type: 'inference' });
  mappingId = await createTaskMapping(gateway.scope(), { task_id, default_queue: 'default' });
});

beforeEach(async () => {
  receiver = await startUpstream((_request, response) => answer(response));
  answer = (response) => response.end();
});

afterEach(async () => {
  await gateway.callbacks.settle();
  await receiver.close();
  await gateway.database.db.deleteFrom('callbacks').execute();
});

afterAll(() => gateway.close());

const url = () => `http://127.0.0.1:${receiver.port}/done?id=1`;

async function call(callback_url = url()) {
  const response = await gateway.post('/gateway/v1/tasks/statistics/calls', { callback_url });
  // biome-ignore lint/suspicious/noExplicitAny: tests read single fields of answers.
  const body = (await response.json()) as any;
  return { status: response.status, body, id: body.call_id as string };
}

/** Ends the task of a call. */
async function end(callId: string, status = 'completed', reason = '') {
  await sql`UPDATE tasks SET status = ${status}, status_reason = ${reason}, completed = now()
    WHERE id = (SELECT clone_id FROM calls WHERE id = ${callId})`.execute(gateway.database.db);
}

async function work() {
  await gateway.callbacks.work();
  await gateway.callbacks.settle();
}

const callback = (callId: string) => findCallback(gateway.database.db, callId);
/** The time of the next try has come. */
const becomeDue = () => gateway.database.db.updateTable('callbacks').set({ next_try: sql`now()` }).execute();

test('the document is sent once the call has ended, signed, with whole addresses', async () => {
  const { id } = await call();
  await work();
  expect(receiver.requests).toHaveLength(0);
  expect(await callback(id)).toMatchObject({ state: 'waiting', url: url() });

  const artifact = { key: 'result', mode: 'output', type: 'JSON', uri: 'http://files/x', content_size: 1 };
  await sql`UPDATE tasks SET artifacts = ${json({ a: artifact })}
    WHERE id = (SELECT clone_id FROM calls WHERE id = ${id})`.execute(gateway.database.db);
  await end(id);
  await work();
  const [request, ...others] = receiver.requests;
  expect(others).toHaveLength(0);
  expect([request?.path, request?.headers['content-type']]).toEqual(['/done?id=1', 'application/json']);
  expect(request?.headers['arno-call-id']).toBe(id);
  expect(request?.headers).not.toHaveProperty('authorization');
  const self = `${gateway.address}/gateway/v1/calls/${id}`;
  expect(JSON.parse(request?.body ?? '')).toMatchObject({
    call_id: id,
    status: 'completed',
    result_url: `${gateway.address}/files/result?sig=x`,
    links: { self, events: `${self}/events` },
  });

  const { callback_secret } = await gateway.database.db
    .selectFrom('task_mappings')
    .select('callback_secret')
    .executeTakeFirstOrThrow();
  const [, time, signature] =
    /^t=(\d+),v1=([0-9a-f]{64})$/.exec(`${request?.headers['arno-signature']}`) ?? [];
  expect(Math.abs(Date.now() / 1000 - Number(time))).toBeLessThan(60);
  expect(signature).toBe(
    createHmac('sha256', callback_secret).update(`${time}.${request?.body}`).digest('hex'),
  );

  expect(await callback(id)).toMatchObject({ state: 'done', tries: [{ http_status: 200, error: null }] });
  await work();
  expect(receiver.requests).toHaveLength(1);
});

test('another secret signs from when it is made', async () => {
  const { id } = await call();
  const secret = await rotateCallbackSecret(gateway.scope(), mappingId);
  await end(id, 'failed');
  await work();
  const [request] = receiver.requests;
  const [, time] = /^t=(\d+)/.exec(`${request?.headers['arno-signature']}`) ?? [];
  const expected = createHmac('sha256', secret ?? '')
    .update(`${time}.${request?.body}`)
    .digest('hex');
  expect(request?.headers['arno-signature']).toBe(`t=${time},v1=${expected}`);
  expect(JSON.parse(request?.body ?? '').status).toBe('failed');
});

test.each<[string, () => void, string, number | null]>([
  [
    'fails',
    () => (answer = (response) => response.writeHead(500).end('later')),
    'answered with HTTP 500',
    500,
  ],
  ['hangs', () => (answer = () => {}), 'did not answer within 5 s', null],
  [
    'redirects',
    () => (answer = (response) => response.writeHead(307, { location: url() }).end()),
    'answered with HTTP 307; redirects are not followed',
    307,
  ],
  ['resets', () => (answer = (response) => response.destroy()), 'cannot be reached (UND_ERR_SOCKET)', null],
])('a receiver that %s is tried again', async (_what, misbehave, error, http_status) => {
  const { id } = await call();
  await end(id);
  misbehave();
  await work();
  expect(await callback(id)).toMatchObject({ state: 'due', tries: [{ error, http_status }] });
  expect(receiver.requests).toHaveLength(1);
  answer = (response) => response.writeHead(204).end();
  await becomeDue();
  await work();
  expect(await callback(id)).toMatchObject({
    state: 'done',
    tries: [{ error }, { error: null, http_status: 204 }],
  });
});

test('an endless answer is not read', async () => {
  answer = (response) => {
    response.writeHead(200);
    const more = () => response.write('x'.repeat(65_536)) && setImmediate(more);
    response.on('drain', more);
    more();
  };
  const { id } = await call();
  await end(id);
  await work();
  expect(await callback(id)).toMatchObject({ state: 'done', tries: [{ http_status: 200 }] });
});

test('nobody is tried for ever: a receiver that never answers is given up after a day', async () => {
  const { id } = await call(`http://127.0.0.1:${await unusedPort()}/`);
  await end(id);
  await work();
  expect(await callback(id)).toMatchObject({
    state: 'due',
    tries: [{ error: 'cannot be reached (ECONNREFUSED)' }],
  });
  await gateway.database.db
    .updateTable('callbacks')
    .set({ next_try: sql`now()`, give_up: sql`now()` })
    .execute();
  await work();
  expect(await callback(id)).toMatchObject({ state: 'given_up', tries: [{}, {}] });
  await becomeDue();
  await work();
  expect((await callback(id))?.tries).toHaveLength(2);
});

test('a document that cannot be had is asked for again, and given up after a day', async () => {
  const { db } = gateway.database;
  const { id } = await call();
  const artifact = { key: 'result', mode: 'output', type: 'JSON', uri: 'http://files/x', content_size: 1 };
  await sql`UPDATE tasks SET artifacts = ${json({ a: artifact })}
    WHERE id = (SELECT clone_id FROM calls WHERE id = ${id})`.execute(db);
  await end(id);
  readResult = () => {
    throw new Error('the store is away');
  };
  await work();
  expect(await callback(id)).toMatchObject({ state: 'due', tries: [] });
  await db.updateTable('callbacks').set({ next_try: sql`now()`, give_up: sql`now()` }).execute();
  await work();
  expect(await callback(id)).toMatchObject({ state: 'given_up' });
  expect(receiver.requests).toHaveLength(0);
  readResult = () => undefined;
});

test('without its mapping nothing signs a callback, and it is given up', async () => {
  const task_id = await createTask(gateway.scope(), { name: 'removed', type: 'inference' });
  const removed = await createTaskMapping(gateway.scope(), { task_id, default_queue: 'default' });
  const response = await gateway.post('/gateway/v1/tasks/removed/calls', { callback_url: url() });
  const { call_id } = (await response.json()) as { call_id: string };
  await removeMapping(gateway.scope(), 'task_mappings', removed);
  await end(call_id);
  await work();
  // It can be restored, with its secret.
  expect(await callback(call_id)).toMatchObject({ state: 'due', tries: [] });
  await gateway.database.db.deleteFrom('deleted_mappings').execute();
  await becomeDue();
  await work();
  expect(await callback(call_id)).toMatchObject({
    state: 'given_up',
    tries: [{ error: /mapping was deleted/ }],
  });
  expect(receiver.requests).toHaveLength(0);
});

test('a task that is queued again has not ended, and one that was deleted is lost', async () => {
  const [again, gone] = [await call(), await call()];
  const { db } = gateway.database;
  await db.transaction().execute(async (transaction) => {
    const status = (to: string) =>
      sql`UPDATE tasks SET status = ${to}, status_reason = 'worker a:0 is lost'
        WHERE id = (SELECT clone_id FROM calls WHERE id = ${again.id})`.execute(transaction);
    await status('in_progress');
    await status('failed');
    await status('queued');
  });
  await sql`DELETE FROM tasks WHERE id = (SELECT clone_id FROM calls WHERE id = ${gone.id})`.execute(db);
  await work();
  expect(receiver.requests.map(({ body }) => JSON.parse(body))).toMatchObject([
    { call_id: gone.id, status: 'lost' },
  ]);
  expect((await callback(again.id))?.state).toBe('waiting');
});

test('servers share what is due, and take over from one that died', async () => {
  const replica = await createTestGateway({ replicaOf: gateway });
  try {
    const calls = await Promise.all(Array.from({ length: 20 }, () => call()));
    for (const { id } of calls) await end(id);
    await Promise.all([gateway.callbacks.work(), replica.callbacks.work()]);
    await Promise.all([gateway.callbacks.settle(), replica.callbacks.settle()]);
    const told = receiver.requests.map(({ headers }) => headers['arno-call-id']);
    expect(told.sort()).toEqual(calls.map(({ id }) => id).sort());

    // Claimed by a server that was killed while its receiver hung.
    answer = () => {};
    const { id } = await call();
    await end(id);
    await replica.callbacks.work();
    await replica.callbacks.close();
    expect(await callback(id)).toMatchObject({ state: 'due', tries: [] });
    answer = (response) => response.end();
    await work();
    expect((await callback(id))?.state).toBe('due');
    await becomeDue();
    await work();
    expect((await callback(id))?.state).toBe('done');
  } finally {
    await replica.close();
  }
});

test.each([
  ['not a url', 'is not a URL'],
  ['ftp://example.com/', 'must start with http'],
  ['http://user:secret@example.com/', 'must not carry a user name'],
  ['http://169.254.169.254/', 'is not allowed: 169.254.169.254 is a link-local address'],
  ['http://2852039166/', 'is not allowed: 169.254.169.254'],
  ['http://10.1.2.3/', 'is not allowed: 10.1.2.3 is in none of the allowed networks'],
  ['http://[::1]:1/', 'is not allowed: ::1 is in none of the allowed networks'],
  ['http://[::ffff:10.1.2.3]/', 'is not allowed: ::ffff:a01:203 is in none of the allowed networks'],
])('%s is refused: %s', async (address, words) => {
  const { status, body } = await call(address);
  expect([status, body.error.code]).toEqual([400, 'invalid_request']);
  expect(body.error.message).toContain(`callback_url ${words}`);
});

test('a name that leads to a forbidden address is not connected to, and the address is not told', async () => {
  const sender = new Sender({ ownPorts: [], networks: new Networks([]), allowsPublic: true });
  const message = { url: `http://localhost:${receiver.port}/`, callId: 'c', body: '{}', secret: 's' };
  expect(await sender.send(message)).toMatchObject({ error: 'its address is not allowed' });
  expect(receiver.requests).toHaveLength(0);
  await sender.close();
});
