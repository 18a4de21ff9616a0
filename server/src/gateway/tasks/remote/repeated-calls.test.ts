import type { FastifyReply } from 'fastify';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createRemote, createRemoteTasks } from '../../../../test/remote.ts';
import { createTaskMapping } from '../../../features/mappings/index.ts';
import { newId } from '../../../platform/ids.ts';
import { createLog } from '../../../platform/log.ts';
import { enqueue } from '../../enqueue/enqueue.ts';
import { keyUse, RepeatedCall, requireNew } from '../../enqueue/idempotency.ts';
import { rolesOf } from '../../identity/caller.ts';
import { Limits } from '../../identity/limits.ts';
import { Call } from '../../log/call.ts';

// The same call is made again while nobody knows yet whether the ClearML server takes it.

let remote: Awaited<ReturnType<typeof createRemote>>;
let gateway: Awaited<ReturnType<typeof createRemoteTasks>>;
let mappingId: string;

let idempotency: { key: string; body: string };
const origin = 'http://127.0.0.1';
const urlOf = (key: string) => `${origin}/${key}`;

beforeAll(async () => {
  remote = await createRemote();
  gateway = await createRemoteTasks(remote);
  const { id: task_id } = await remote.api.ok('tasks.create', { name: 'Forecast', type: 'training' });
  const mapping = { task_id, default_queue: 'default', alias: 'forecast' };
  mappingId = await createTaskMapping(gateway.scope(), mapping, gateway.tasks.source);
});
afterAll(async () => {
  await gateway.close();
  await remote.close();
});

beforeEach(() => {
  idempotency = { key: newId(), body: '{}' };
  remote.asked.length = 0;
});

/** What becomes of a call: `made`, `again` with the id that its caller is given, or the code of its refusal. */
async function call(): Promise<[word: string, id: string]> {
  const { db, caller } = gateway.scope();
  const made = new Call('enqueue', 0);
  made.madeBy(caller);
  const context = { db, tasks: gateway.tasks, limits: new Limits(db, createLog('silent')), bodyChars: 0 };
  const answer = () => ({ status: 202, body: {} });
  const callback = { url: urlOf(idempotency.key), origin };
  const order = { by: { alias: 'forecast' }, params: {}, queue: undefined, callback, idempotency, answer };
  const known = { ...caller, roles: rolesOf('admin', []), groups: [] };
  return enqueue(context, made, known, order, {} as FastifyReply).then(
    () => ['made', made.id],
    (error) => (error instanceof RepeatedCall ? ['again', error.callId] : [error.code, '']),
  );
}

/** The same call at the door, where it waits hardly any time. */
function lookUp(): Promise<void> {
  const { db, caller } = gateway.scope();
  const use = keyUse(idempotency, { company: caller.company, callerId: caller.userId, mappingId });
  return requireNew(db, use, { waitMs: 1, everyMs: 1 });
}

/** Another queue of the same name, so that the calls that are being placed are refused and later ones are not. */
async function replaceQueue() {
  const [queue] = (await remote.api.ok('queues.get_all', { name: 'default' })).queues;
  await remote.api.ok('queues.delete', { queue: queue.id, force: true });
  await remote.api.ok('queues.create', { name: 'default' });
}

const timesAsked = (endpoint: string) => remote.asked.filter((name) => name === endpoint).length;

/** The calls that have the key, and those that have the callback. */
async function owners() {
  const { db } = gateway.database;
  const keys = await db
    .selectFrom('idempotency_keys')
    .select('call_id')
    .where('key', '=', idempotency.key)
    .execute();
  const callbacks = await db
    .selectFrom('callbacks')
    .select('call_id')
    .where('url', '=', urlOf(idempotency.key))
    .execute();
  return { keys, callbacks };
}

/** Two calls, of which the second came after the first was written. */
async function oneAfterTheOther() {
  const release = remote.hold('tasks.clone');
  const first = call();
  await expect.poll(() => timesAsked('tasks.clone')).toBe(1);
  const second = call();
  await expect(lookUp()).rejects.toMatchObject({ code: 'backend_unavailable', retryAfter: 5 });
  return { calls: [first, second], release };
}

/** Two calls that both found the key free. */
async function atOnce() {
  const release = remote.hold('tasks.clone');
  const begin = remote.hold('tasks.get_all');
  const calls = [call(), call()];
  await expect.poll(() => timesAsked('tasks.get_all')).toBe(2);
  begin();
  await expect.poll(() => timesAsked('tasks.clone')).toBe(1);
  return { calls, release };
}

describe.each([
  ['after the first was written', oneAfterTheOther],
  ['at the same time', atOnce],
])('two calls with one key, the second %s', (_when, start) => {
  it('are one call when it is queued', async () => {
    const { calls, release } = await start();
    release();
    const answers = new Map(await Promise.all(calls));
    expect([...answers.keys()].sort()).toEqual(['again', 'made']);
    expect(answers.get('again')).toBe(answers.get('made'));
  });

  it('are two when the first is refused: the second is not told that it is queued', async () => {
    const { calls, release } = await start();
    await replaceQueue();
    release();
    const answers = new Map(await Promise.all(calls));
    expect([...answers.keys()].sort()).toEqual(['backend_refused', 'made']);
    const made = [{ call_id: answers.get('made') }];
    expect(await owners()).toEqual({ keys: made, callbacks: made });
  });
});

it('a call that was answered is answered again at once, though nobody knows whether its task is queued', async () => {
  remote.faults.set('tasks.enqueue', 'request lost');
  const [word, id] = await call();
  expect(word).toBe('made');
  await expect(lookUp()).rejects.toMatchObject({ callId: id });
});

it('so is one whose server died: it is carried on with, and keeps its key', async () => {
  const release = remote.hold('tasks.clone');
  const making = call();
  await expect.poll(() => timesAsked('tasks.clone')).toBe(1);
  // The number of a server that is no more.
  await gateway.database.db.updateTable('remote_calls').set({ server: 999_999 }).execute();
  await expect(lookUp()).rejects.toBeInstanceOf(RepeatedCall);
  release();
  await making;
});
