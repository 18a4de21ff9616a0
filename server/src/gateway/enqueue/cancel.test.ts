import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { callRow } from '../../../test/calls.ts';
import { createTestGateway, type TestGateway } from '../../../test/gateway.ts';
import { startUpstream } from '../../../test/upstream.ts';
import { createTaskMapping } from '../../features/mappings/index.ts';
import { createTask, findTask } from '../../features/tasks/index.ts';
import { createLog } from '../../platform/log.ts';
import { Notifications } from '../../platform/notifications.ts';
import { callsChannel } from '../ondemand/running-calls.ts';

let gateway: TestGateway;

beforeAll(async () => {
  gateway = await createTestGateway();
  const task_id = await createTask(gateway.scope(), { name: 'statistics', type: 'inference' });
  await createTaskMapping(gateway.scope(), { task_id, default_queue: 'default' });
});

afterAll(() => gateway.close());

async function call(token = gateway.token) {
  const headers = { authorization: `Bearer ${token}` };
  const answer = await gateway.post('/gateway/v1/tasks/statistics/calls', {}, headers);
  return ((await answer.json()) as { call_id: string }).call_id;
}

async function cancel(callId: string, token = gateway.token, address = gateway.address) {
  const headers = { authorization: `Bearer ${token}` };
  const answer = await fetch(`${address}/gateway/v1/calls/${callId}`, { method: 'DELETE', headers });
  // biome-ignore lint/suspicious/noExplicitAny: tests read single fields of answers.
  return { status: answer.status, body: (await answer.json()) as any };
}

const rowOf = (id: string) =>
  gateway.database.db.selectFrom('calls').selectAll().where('id', '=', id).executeTakeFirstOrThrow();

async function taskOf(callId: string) {
  const { clone_id } = await rowOf(callId);
  const task = await findTask(gateway.scope(), clone_id ?? '');
  if (!task) throw new Error('no clone');
  return task;
}

test('a queued call leaves its queue, and cancelling it again changes nothing', async () => {
  const ada = await gateway.addUser('user');
  const callId = await call(ada.token);
  const first = await cancel(callId, ada.token);
  expect(first).toMatchObject({ status: 200, body: { call_id: callId, status: 'aborted' } });
  expect(first.body.error).toMatch(/^cancelled by /);
  const task = await taskOf(callId);
  expect(task.status).toBe('stopped');
  const entries = gateway.database.db.selectFrom('queue_entries').selectAll();
  expect(await entries.where('task_id', '=', task.id).execute()).toEqual([]);
  expect(await rowOf(callId)).toMatchObject({ status: 'aborted', ended: expect.any(Date) });
  expect(await cancel(callId, ada.token)).toMatchObject({ status: 200, body: { status: 'aborted' } });
  expect((await taskOf(callId)).status_changed).toEqual(task.status_changed);
});

test('the agent of a running call is asked to stop', async () => {
  const callId = await call();
  const { id } = await taskOf(callId);
  const running = { status: 'in_progress', started: new Date(), last_worker_report: new Date() };
  await gateway.database.db.updateTable('tasks').set(running).where('id', '=', id).execute();
  expect(await cancel(callId)).toMatchObject({ status: 202, body: { status: 'running' } });
  expect(await taskOf(callId)).toMatchObject({ status: 'in_progress', status_message: 'stopping' });
  await gateway.database.db.updateTable('tasks').set({ status: 'stopped' }).where('id', '=', id).execute();
  expect(await cancel(callId)).toMatchObject({ status: 200, body: { status: 'aborted' } });
});

test('a call that has ended stays as it is', async () => {
  const callId = await call();
  const { id } = await taskOf(callId);
  await gateway.database.db.updateTable('tasks').set({ status: 'failed' }).where('id', '=', id).execute();
  expect(await cancel(callId)).toMatchObject({ status: 200, body: { status: 'failed' } });
  expect((await taskOf(callId)).status).toBe('failed');
});

test('only who made a call, and admins, cancel it', async () => {
  const [ada, bob] = [await gateway.addUser('user'), await gateway.addUser('developer')];
  const callId = await call(ada.token);
  expect(await cancel(callId, bob.token)).toMatchObject({
    status: 404,
    body: { error: { code: 'unknown_call' } },
  });
  expect(await cancel(callId, 'arno_wrong')).toMatchObject({ status: 401 });
  expect((await taskOf(callId)).status).toBe('queued');
  expect(await cancel(callId)).toMatchObject({ status: 200, body: { status: 'aborted' } });
});

/** Ends the connections on which servers hear of cancellations, and waits until they are gone. */
const deafen = () =>
  sql`SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
    WHERE query = ${`LISTEN ${callsChannel}`} AND datname = current_database()`.execute(gateway.database.db);

test('the server that answers is asked directly: it breaks off though it hears nothing of others', async () => {
  const machine = await startUpstream((_request, response) => response.write('first'));
  try {
    await gateway.addModel('near', [machine.port], 60_000);
    const answer = await gateway.post('/gateway/v1/models/near/calls', {});
    const callId = answer.headers.get('arno-call-id') ?? '';
    await deafen();
    expect([200, 202]).toContain((await cancel(callId)).status);
    await expect(answer.text()).rejects.toThrow();
    await expect.poll(() => rowOf(callId)).toMatchObject({ status: 'aborted', error_code: 'cancelled' });
  } finally {
    await machine.close();
  }
});

test('another server is told again while the answer goes on, because it may have heard nothing', async () => {
  const { db, pool } = gateway.database;
  const { company, userId: user_id } = gateway.admin;
  const call = callRow({ company, user_id, status: 'running', outcome: 'accepted', ended: null });
  await db.insertInto('calls').values(call).execute();
  const orders: unknown[] = [];
  const channel = new Notifications(pool, callsChannel, createLog('silent'));
  channel.subscribe((payload) => payload === `cancel ${call.id}` && orders.push(payload));
  await channel.start();
  expect(await cancel(call.id)).toMatchObject({ status: 202, body: { status: 'running' } });
  await expect.poll(() => orders.length).toBeGreaterThan(1);
  channel.close();
});

test('an answer on demand is broken off, whichever server is asked', async () => {
  let gone: Promise<unknown> = Promise.resolve();
  const machine = await startUpstream((_request, response) => {
    response.write('first');
    gone = new Promise((done) => response.once('close', done));
  });
  const replica = await createTestGateway({ replicaOf: gateway });
  try {
    await gateway.addModel('digits', [machine.port], 60_000);
    const answer = await gateway.post('/gateway/v1/models/digits/calls', {});
    const callId = answer.headers.get('arno-call-id') ?? '';
    // The server that makes the answer may have broken it off before the other one looks at the call again.
    expect([200, 202]).toContain((await cancel(callId, gateway.token, replica.address)).status);
    await expect(answer.text()).rejects.toThrow();
    await gone;
    const broken = { status: 'aborted', outcome: 'failed', error_code: 'cancelled' };
    await expect.poll(() => rowOf(callId)).toMatchObject(broken);
    expect(await cancel(callId)).toMatchObject({
      status: 200,
      body: { status: 'aborted', error: 'the call was cancelled' },
    });
  } finally {
    await replica.close();
    await machine.close();
  }
});
