import { afterEach, beforeEach, expect, it } from 'vitest';
import { createRemote, createRemoteTasks, type Fault } from '../../../../test/remote.ts';
import { tagOf } from './placement.ts';

// A call is cancelled while its clone is still being made on the ClearML server.

let remote: Awaited<ReturnType<typeof createRemote>>;
let gateway: Awaited<ReturnType<typeof createRemoteTasks>>;
let template: string;

beforeEach(async () => {
  remote = await createRemote();
  gateway = await createRemoteTasks(remote);
  template = (await remote.api.ok('tasks.create', { name: 'Forecast', type: 'training' })).id;
});
afterEach(async () => {
  await gateway.close();
  await remote.close();
});

const clonesOf = async (callId: string) =>
  (await remote.api.ok('tasks.get_all', { tags: [tagOf(callId)], search_hidden: true })).tasks;
const cancel = (callId: string) => gateway.tasks.cancel(gateway.scope(), callId, 'cancelled by Ada');
const tend = (tasks = gateway.tasks) => tasks.work.run();
const orders = () => gateway.database.db.selectFrom('remote_calls').selectAll().execute();

const aborted = {
  status: 'aborted',
  error: 'cancelled by Ada',
  ended: expect.any(Date),
  clone_id: null,
};

it('while the clone is being made: it is deleted, and its maker is answered', async () => {
  const release = remote.hold('tasks.clone');
  const making = gateway.enqueue({ template });
  await expect.poll(() => remote.asked).toContain('tasks.clone');
  const [id = ''] = gateway.calls;
  await cancel(id);
  release();
  expect(await making).toBe(id);
  expect(await gateway.call(id)).toMatchObject(aborted);
  expect([await clonesOf(id), await orders()]).toEqual([[], []]);
});

it('while the clone is being queued: it is taken out of its queue', async () => {
  const release = remote.hold('tasks.enqueue');
  const making = gateway.enqueue({ template });
  await expect.poll(() => remote.asked).toContain('tasks.enqueue');
  const [id = ''] = gateway.calls;
  await cancel(id);
  release();
  await making;
  await tend();
  expect(await gateway.call(id)).toMatchObject({ status: 'aborted', clone_id: expect.any(String) });
  expect(await clonesOf(id)).not.toMatchObject([{ status: 'queued' }]);
  expect(await orders()).toEqual([]);
});

it.each<[endpoint: string, fault: Fault, left: object[]]>([
  ['tasks.clone', 'answer lost', []],
  ['tasks.clone', 'request lost', []],
  ['tasks.enqueue', 'request lost', []],
])('when nobody knows how far it came (%s, %s), nothing is left of it', async (endpoint, fault, left) => {
  remote.faults.set(endpoint, fault);
  const id = await gateway.enqueue({ template });
  await cancel(id);
  expect(await gateway.call(id)).toMatchObject({ status: 'queued' });
  // For whom the remote's time to answer is over.
  await tend(gateway.other());
  expect(await gateway.call(id)).toMatchObject(aborted);
  expect([await clonesOf(id), await orders()]).toEqual([left, []]);
});

it('when it was queued and nobody knows, it is taken out of its queue, also at the second attempt', async () => {
  remote.faults.set('tasks.enqueue', 'answer lost');
  const id = await gateway.enqueue({ template });
  await cancel(id);
  remote.faults.set('tasks.dequeue', 'request lost');
  await tend();
  expect(await clonesOf(id)).toMatchObject([{ status: 'queued' }]);
  await tend();
  await tend();
  expect(await gateway.call(id)).toMatchObject({ status: 'aborted' });
  expect(await clonesOf(id)).not.toMatchObject([{ status: 'queued' }]);
  expect(await orders()).toEqual([]);
});

it('a call that has ended, or that there never was, is left alone', async () => {
  const id = await gateway.enqueue({ template });
  const [clone] = await clonesOf(id);
  await remote.api.ok('tasks.dequeue', { task: clone.id, new_status: 'created' });
  await remote.api.ok('tasks.started', { task: clone.id });
  await remote.api.ok('tasks.completed', { task: clone.id });
  await tend();
  await cancel(id);
  await cancel('f'.repeat(32));
  expect(await gateway.call(id)).toMatchObject({ status: 'completed' });
});
